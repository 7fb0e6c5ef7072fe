"""What makes a lesson more than reading: guesses before an answer, and turns, gaps in a cell that the student fills.

Begin with ``guess`` or ``turn``; the turns of lesson NN are in ``turns_NN``. Notebooks call all of it through ``import
workbook``; nothing here imports anything of the course but ``workbook.paths`` and ``workbook.errors``, and what a turn
is about.
"""
