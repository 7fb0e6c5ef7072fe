"""A student's code, run where it can do no harm: in a process, in namespaces, in a container; and what was handed in,
read the same way.

Begin with ``student``, as a check sees it, then ``isolation``. It imports ``authoring``; ``checks``, ``desk`` and
``grading`` import it.
"""
