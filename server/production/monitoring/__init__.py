"""What is watched of pictures and answers beside counts: their statistics, a reference, and how far off the newest are.

Begin with ``measures``; ``reference`` is the file in a version's folder, ``window`` the newest pictures of a server.
NumPy alone. ``server.production.metrics`` imports it, and ``pipeline`` for the export and the study of drift.
"""
