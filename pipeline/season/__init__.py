"""Jen's season: drawn pumpkins as image files, a year of events, and the policies that get a service through it.

Begin with ``pumpkins`` for the pictures and ``policies`` for what students write. Imports the server and
``pipeline.drift``; ``workbook.season``, labs and tests import it.
"""
