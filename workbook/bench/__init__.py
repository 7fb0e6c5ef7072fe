"""``workbook bench``: ways of serving one model, side by side in one run.

Machines differ and are shared, so what counts is the ratio between two numbers of one run, not the numbers. Begin with
``run``; it starts the scripts in ``contestants/``. Only ``workbook.cli`` and tests import it.
"""
