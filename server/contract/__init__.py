"""What the server promises: ``openapi.json``, and the page made from it at ``/docs``.

Begin with the document, then ``blueprint``. It is imported by ``server.api``, by the site, which shows the same, and by
tests, which hold the server to it.
"""
