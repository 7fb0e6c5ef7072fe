"""The page at ``/`` on which a person shows the models a picture: ``static/`` as it is sent, ``blueprint`` to send it.

Imported by ``server.api``, and by ``server.contract`` for its safe headers.
"""
