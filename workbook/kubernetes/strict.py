"""``python -m workbook.kubernetes.strict VERSION``, in the layer's environment: objects in, as JSON, problems out.

It is kubernetes-validate, as a library: each object against the schema of its kind, with unknown fields refused. By its
own command, an object of an unknown kind is a warning and counts as good; here it is named.
"""

from __future__ import annotations

import json
import sys
from functools import cache

import kubernetes_validate
from kubernetes_validate import utils


def main() -> None:
    """For each object ``null``, or the field and what is wrong with it; a field of ``null`` is no schema at all."""
    utils.schema_contents = cache(utils.schema_contents)  # or it reads a file of megabytes again for each object
    json.dump([found(one, sys.argv[1]) for one in json.load(sys.stdin)], sys.stdout)


def found(one: dict, version: str) -> list[str | None] | None:
    try:
        kubernetes_validate.validate(one, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        return [".".join(map(str, error.absolute_path)), error.message]
    except kubernetes_validate.SchemaNotFoundError:
        return [None, ""]
    return None


if __name__ == "__main__":
    main()
