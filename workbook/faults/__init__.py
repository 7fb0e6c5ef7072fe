"""Servers with one fault each, and the good ones beside them: what acceptance tests must reject, what incidents hide.

Begin with ``catalog``, the one list, and ``serving``; ``python -m workbook.faults unscaled`` serves one of them.
Notebooks, labs, tests and incidents import it; it imports ``server`` and ``pipeline``.
"""
