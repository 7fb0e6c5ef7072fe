"""What the server promises: ``openapi.json``, and the page that ``blueprint`` makes of it at ``/docs``.

Imported by ``server.api``, by the site, which shows the same, and by tests, which hold the server to it.
"""
