"""The page at ``/`` on which a person shows the models a picture.

Begin with ``blueprint``, which sends the files of ``static/`` as they are. It is imported by ``server.api``, and by
``server.contract`` for its safe headers.
"""
