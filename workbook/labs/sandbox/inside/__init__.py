"""Scripts that run on the student's side, copied there one by one: they import each other and nothing of the course.

Begin with ``runner``. ``sandbox`` copies them; from outside, only ``wire`` and the tables of ``seccomp`` are imported.
"""
