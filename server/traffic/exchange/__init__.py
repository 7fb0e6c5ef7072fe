"""HTTP between the front and the servers behind it: requests, answers, and connections that stay open.

Begin with ``upstream``, which asks a server; ``messages`` are what they exchange, ``wire`` is the bytes of one
connection. Only the rest of ``server.traffic`` and tests import it.
"""
