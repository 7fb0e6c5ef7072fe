"""What a student does with a lab: start it, look at it, ask for hints, compare, hand it in.

Begin with ``open_lab``. It imports ``checks``, ``sandbox`` and ``authoring``; commands and notebooks import it.
"""
