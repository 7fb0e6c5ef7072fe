"""Notebooks as a whole, behind ``workbook run``, ``verify`` and ``store``: run, compared, stored again, reported on.

Begin with ``run``, or with ``verify`` and its ``gates``. No notebook imports it; ``workbook.cli`` and tests do.
"""
