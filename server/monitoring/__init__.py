"""What is watched of the pictures and answers beside counts: statistics, their reference, and how far a window is off.

Begin with ``statistics``; ``reference`` is the file in a version's folder, ``window`` the newest pictures of a server.
NumPy alone. ``server.production`` imports it for ``/metrics``, ``pipeline`` for the study of drift and for the export.
"""
