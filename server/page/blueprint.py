"""The page at ``/``, on which a person shows the models a picture: three plain files, sent as they are."""

from __future__ import annotations

from flask import Blueprint, Response

POLICY = "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'"

# A browser keeps these files, but asks each time whether they are still the same (Flask's "no-cache" and ETag): its
# page.js must fit its index.html, and "304 Not Modified" costs next to nothing.
page = Blueprint("page", __name__, static_folder="static", static_url_path="/page")


@page.get("/")
def index() -> Response:
    return page.send_static_file("index.html")


@page.after_request
def guard(response: Response) -> Response:
    """Only the page's own files may run in it, and no other site may put it into a frame."""
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
