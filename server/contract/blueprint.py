"""The contract of the server: ``/openapi.json``, an OpenAPI 3.1 document, and ``/docs``, the same for people.

The document is a file, ``openapi.json``, and the page is made from it. Examples with the same name belong together: the
path parameters, the body and the answer called ``digits`` make a request and its answer.
"""

from __future__ import annotations

import json
from pathlib import Path

from flask import Blueprint, Response, render_template, request

from server.page.blueprint import guard

DOCUMENT = Path(__file__).with_name("openapi.json").read_text(encoding="utf-8")

contract = Blueprint("contract", __name__, template_folder=".")
contract.after_request(guard)
contract.add_app_template_filter(json.dumps, "as_json")


@contract.get("/openapi.json")
def document() -> Response:
    return Response(DOCUMENT, mimetype="application/json")


@contract.get("/docs")
def docs() -> str:
    return render_template("docs.html", contract=resolved(json.loads(DOCUMENT)), address=request.host_url.rstrip("/"))


def resolved(document: dict) -> dict:
    """The document with each reference replaced by what it points to. Raises ``KeyError`` if that is not there."""

    def of(node: object) -> object:
        if isinstance(node, list):
            return [of(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" not in node:
            return {key: of(value) for key, value in node.items()}
        target = document
        for key in node["$ref"].removeprefix("#/").split("/"):
            target = target[key]
        return of(target)

    return of(document)


@contract.app_template_filter()
def example_path(path: str, parameters: list[dict], name: str) -> str:
    """The path with the values of its parameters in the example of that name."""
    for parameter in parameters:
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", str(parameter["examples"][name]["value"]))
    return path
