"""``workbook bench``: ways of serving one model, side by side in one run.

Machines differ and are shared, so what counts is the ratio between two figures of one run, not the figures.
"""
