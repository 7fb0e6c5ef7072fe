"""Jen's season played: a year of pictures against a running service, decided by five policies, scored with reasons.

Begin with ``player``, which plays week by week, and ``score``. The command and tests import it; it imports
``pipeline.season``, ``workbook.loop`` and ``workbook.labs``.
"""
