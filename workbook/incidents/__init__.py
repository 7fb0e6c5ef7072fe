"""Incidents: a real server with one fault of the list, hidden, under real traffic; the student finds it and mends it.

Begin with ``cases``, which ``workbook incident`` calls, and with ``catalog``. The command, notebooks and tests import
it; it imports ``workbook.faults`` and ``server.production``.
"""
