"""A class: read what was handed in, check each answer in isolation, and write the table and the pages.

Begin with ``run``, then ``submissions`` and ``grades``. It imports ``checks``, ``desk``, ``sandbox`` and ``authoring``;
only the command imports it.
"""
