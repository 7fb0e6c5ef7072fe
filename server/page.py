"""The page at ``/``, on which a person shows the models a picture: three plain files, sent as they are."""

from __future__ import annotations

from flask import Blueprint, Response

# A browser keeps these files, but asks each time whether they are still the same (Flask's "no-cache" and ETag): its
# page.js must fit its index.html, and "304 Not Modified" costs next to nothing.
blueprint = Blueprint("page", __name__, static_folder="page", static_url_path="/page")


@blueprint.get("/")
def index() -> Response:
    return blueprint.send_static_file("index.html")
