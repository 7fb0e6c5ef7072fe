"""What a server needs to stand in production: whole bodies, tokens, a log, metrics, a short way for what is asked most.

Begin with ``workers``, which starts it; ``app`` puts the layers around ``server.api``, each of which can be read alone.
Only ``server.__main__``, ``workbook`` and tests import it: the server itself does without.
"""
