"""``workbook bench``: ways of serving one model, side by side in one run.

Machines differ and are shared, so what counts is the ratio between two figures of one run, not the figures. Begin with
``run``; the scripts in ``contestants/`` are started by it. Only ``workbook.cli`` and tests import it.
"""
