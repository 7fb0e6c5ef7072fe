"""Other people's protocols on the same models: the Open Inference Protocol, and the routes that two clouds ask for.

Begin with ``open_inference``, which each server speaks; ``platforms`` says when the routes of a cloud are added. They
call ``server.inference`` alone, like the server's own routes. ``server.production.app`` and ``server.__main__``
import it, and tests.
"""
