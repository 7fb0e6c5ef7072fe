"""The labs: what comes from a lab's folder, what a student does with it, how it is checked, how a class is graded.

Begin with ``commands``. The rooms import each other one way: ``grading`` and ``desk``, ``checks``, ``sandbox``,
``authoring``. Labs import ``checks.assertions`` and ``sandbox.student``, and nothing else.
"""
