"""A lab's checks: what they are written with, how they are run, what comes of them, and how that looks.

Begin with ``assertions``, which ``checks.py`` imports, then ``launch`` and ``session``. It imports ``sandbox`` and
``authoring``; ``desk`` and ``grading`` import it.
"""
