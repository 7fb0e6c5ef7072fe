"""A server of V2 that shares nothing with the reference: another model, other tensors, plain Flask."""

from __future__ import annotations

from flask import Flask, request

INFER = "/v2/models/clothes/infer"  # the reference's
OUTPUTS = ("sum", "kind")


def adder() -> Flask:
    """The model ``adder``: from FP32 [n, 2], the sums as FP64 [n, 1], and of what kind they are, BYTES [n]."""
    app = Flask(__name__)
    app.register_error_handler(ValueError, lambda error: ({"error": str(error)}, 400))
    app.register_error_handler(400, lambda error: ({"error": "not JSON"}, 400))

    def known(name: str) -> None:
        if name != "adder":
            raise ValueError(f"no model {name}")

    @app.get("/v2")
    def server():
        return {"name": "adder", "version": "0", "extensions": []}

    @app.get("/v2/health/<kind>")
    def health(kind: str):
        return {"live": True}

    @app.get("/v2/models/<name>/ready")
    def ready(name: str):
        return {"name": name, "ready": True}

    @app.get("/v2/models/<name>")
    def metadata(name: str):
        known(name)
        outputs = [{"name": "sum", "datatype": "FP64", "shape": [-1, 1]}]
        outputs.append({"name": "kind", "datatype": "BYTES", "shape": [-1]})
        inputs = [{"name": "pair", "datatype": "FP32", "shape": [-1, 2]}]
        return {"name": name, "platform": "python_custom", "inputs": inputs, "outputs": outputs}

    @app.post("/v2/models/<name>/infer")
    def infer(name: str):
        known(name)
        body = request.get_json()
        outputs = outputs_of(body)
        wanted = [one["name"] for one in body.get("outputs", [])] or OUTPUTS
        told = {key: body[key] for key in ("id",) if key in body}
        return {"model_name": name, **told, "outputs": [one for one in outputs if one["name"] in wanted]}

    return app


def outputs_of(body: dict) -> list[dict]:
    if "inputs" not in body or body["inputs"][0]["datatype"] != "FP32":
        raise ValueError("expected one input, FP32")
    count, data = body["inputs"][0]["shape"][0], body["inputs"][0]["data"]
    flat = [number for row in data for number in (row if isinstance(row, list) else [row])]
    if len(flat) != 2 * count:
        raise ValueError("the data has another shape")
    sums = [flat[at] + flat[at + 1] for at in range(0, len(flat), 2)]
    kind = {"name": "kind", "datatype": "BYTES", "shape": [count], "data": ["sum"] * count}
    return [{"name": "sum", "datatype": "FP64", "shape": [count, 1], "data": sums}, kind]
