"""Scripts for isolated processes: a student's, or one that reads what was handed in.

They import each other, and nothing of the course.

Begin with ``runner``. ``sandbox`` copies or starts them; from outside, only ``wire`` and the tables of ``seccomp`` are
imported.
"""
