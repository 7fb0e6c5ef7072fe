"""A front before several inference servers: it splits requests, shadows, grows a canary, and asks a gate first.

Begin with ``policy``, the file that says what is done with whose requests; ``front`` is the application, ``process``
starts it. It imports ``server.production``; only its own ``__main__``, ``workbook`` and tests import it.
"""
