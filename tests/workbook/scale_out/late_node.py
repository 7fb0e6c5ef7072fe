"""In Ray's own environment: a cluster whose node does not start in the time that Ray gives it; prints what is said."""

from __future__ import annotations

import inspect

from workbook.scale_out.quiet import quiet_ray

quiet_ray()

from ray._private.node import Node  # noqa: E402  not before Ray's environment is set

from workbook.errors import UserError  # noqa: E402
from workbook.scale_out import nodes  # noqa: E402

RAYS = "timed out during startup"


def late(*_: object, **__: object) -> None:
    raise Exception(f"The current node {RAYS}. This could happen because")


assert RAYS in inspect.getsource(Node), "Ray says it in other words now"
nodes.Cluster.add_node = late
try:
    with nodes.cluster_of(1):
        pass
except UserError as error:
    print(error)
