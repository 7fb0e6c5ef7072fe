"""What a server needs in production: whole bodies, tokens, a log, metrics, a short way for the most frequent requests.

Begin with ``workers``, which starts it; ``app`` puts the layers around ``server.api``, and each can be read by itself.
``server.__main__``, ``server.traffic``, ``workbook`` and tests import it, and ``pipeline`` its ``monitoring``: the
server itself does not need it.
"""
