"""A class: read what was handed in, check each answer kept apart, and write the table and the pages.

Begin with ``grades``. It imports ``checks``, ``desk``, ``sandbox`` and ``authoring``; only the command imports it.
"""
