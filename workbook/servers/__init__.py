"""Servers and containers that a notebook, a lab or a command starts, waits for and stops.

Begin with ``process``. It imports ``server`` and nothing else of ``workbook``; notebooks, labs and the bench import it.
"""
