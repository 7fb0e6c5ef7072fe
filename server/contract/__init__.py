"""What the server promises: ``openapi.json``, and the page that is made of it at ``/docs``.

Begin with the document, then ``blueprint``. Imported by ``server.api``, by the site, which shows the same, and by
tests, which hold the server to it.
"""
