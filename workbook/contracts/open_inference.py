"""The Open Inference Protocol ("V2"), checked at any server that speaks it.

Requests are made from what the server says of its model, so that nothing need be known of it beside its name.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from urllib.parse import quote

from workbook.contracts.checks import Checks
from workbook.contracts.subject import HttpAnswer, NotKept, Subject, expect, expect_refusal, json_of

CHECKS = Checks()
WHOLE = {f"{sign}INT{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)}
FLOATING = {"FP16", "FP32", "FP64", "BF16"}
SAMPLES = {**dict.fromkeys(WHOLE, 0), **dict.fromkeys(FLOATING, 0.0), "BOOL": False, "BYTES": "text"}
ID = "a-check-of-the-contract"
MOST_ELEMENTS = 1_000_000  # of a tensor that is made up


def model_path(subject: Subject, ending: str = "") -> str:
    return f"/v2/models/{quote(subject.model, safe='')}{ending}"


def metadata_of(subject: Subject) -> dict:
    answer = subject.ask("GET", model_path(subject))
    expect(answer, 200)
    return json_of(answer)


def described(subject: Subject, key: str) -> list[dict]:
    """The ``inputs`` or ``outputs`` that the metadata tells of. Raises ``NotKept`` unless each is a tensor of V2."""
    tensors = metadata_of(subject).get(key)
    if not isinstance(tensors, list) or not tensors:
        raise NotKept(f'no list of "{key}" in the metadata')
    for one in tensors:
        if fault := fault_of(one, least=-1):
            raise NotKept(f"of the {key} in the metadata, {fault}")
    return tensors


def fault_of(tensor: object, least: int = 0) -> str:
    """What is wrong with a tensor beside its data, or nothing. ``least`` is what a size may be: -1 for any."""
    if not isinstance(tensor, dict):
        return f"one is {tensor!r:.40}, and no object"
    if missing := [key for key in ("name", "shape", "datatype") if key not in tensor]:
        return f'one has no "{missing[0]}"'
    name, shape = tensor["name"], tensor["shape"]
    if not isinstance(name, str):
        return f"one has the name {name!r:.40}, which is not text"
    if not isinstance(shape, list) or not all(type(size) is int and size >= least for size in shape):
        return f"{name:.40} has the shape {shape!r:.60}; expected a list of whole numbers"
    if not isinstance(tensor["datatype"], str) or tensor["datatype"] not in SAMPLES:
        return f"{name:.40} has the datatype {tensor['datatype']!r:.40}, which the protocol does not know"
    return ""


def request_for(subject: Subject, count: int = 1) -> dict:
    """``body`` if there is one, or a request with flat data, made from the metadata, for ``count`` of a batch."""
    if subject.body is not None:
        return subject.body
    return {"inputs": [_made_up(one, count) for one in described(subject, "inputs")]}


def _made_up(meta: dict, count: int) -> dict:
    shape = [count if size == -1 else size for size in meta["shape"]]
    if not 0 < (elements := math.prod(shape)) <= MOST_ELEMENTS:
        raise NotKept(f"{meta['name']:.40} has {elements:,} elements, too many or too few to make up: use --body")
    return {
        **{key: meta[key] for key in ("name", "datatype")},
        "shape": shape,
        "data": [SAMPLES[meta["datatype"]]] * elements,
    }


def nested(tensor: dict) -> dict:
    """The same tensor, its data as lists in lists."""
    data = list(flattened(tensor["data"]))
    for size in reversed(tensor["shape"][1:]):
        data = [data[start : start + size] for start in range(0, len(data), size)]
    return {**tensor, "data": data}


def flattened(data: object) -> Iterator:
    waiting = [data]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting.extend(reversed(one))
        else:
            yield one


def infer(subject: Subject, body: object, model: str = "") -> HttpAnswer:
    path = f"/v2/models/{model}/infer" if model else model_path(subject, "/infer")
    return subject.ask("POST", path, json=body)


def answered(subject: Subject, body: dict) -> dict:
    answer = infer(subject, body)
    expect(answer, 200)
    return json_of(answer)


def outputs_of(answer: dict) -> list[dict]:
    """The outputs of an answer. Raises ``NotKept`` unless each is a tensor as the protocol describes them."""
    outputs = answer.get("outputs")
    if not isinstance(outputs, list) or not outputs:
        raise NotKept('no list of "outputs" in the answer')
    for output in outputs:
        if fault := fault_of(output):
            raise NotKept(f"of the outputs, {fault}")
        if not isinstance(output.get("data"), list):
            raise NotKept(f'{output["name"]:.40} has no list of "data"')
        numbers = sum(1 for _ in flattened(output["data"]))
        if numbers != math.prod(output["shape"]):
            raise NotKept(f"{output['name']:.40} has {numbers} elements and says {output['shape']!r:.60}")
    return outputs


def refused_with_a_reason(answer: HttpAnswer) -> None:
    expect_refusal(answer)
    has_a_reason(answer)


def has_a_reason(answer: HttpAnswer) -> None:
    if not isinstance(json_of(answer).get("error"), str):
        raise NotKept(f'status {answer.status_code}, but no text under "error": {answer.text[:80]!r}')


@CHECKS.add('GET /v2/health/live answers 200 and {"live": true}', "add the route; Kubernetes restarts what has none")
def live(subject: Subject) -> None:
    answer = subject.ask("GET", "/v2/health/live")
    expect(answer, 200)
    if json_of(answer).get("live") is not True:
        raise NotKept(f'no "live": true in {answer.text[:80]!r}')


@CHECKS.add("GET /v2/health/ready answers 200, and true", 'answer {"ready": true} once the models are loaded')
def ready(subject: Subject) -> None:
    answer = subject.ask("GET", "/v2/health/ready")
    expect(answer, 200)
    content = json_of(answer)
    if True not in (content.get("ready"), content.get("live")):  # the document has "live" here, servers have "ready"
        raise NotKept(f'no "ready": true in {answer.text[:80]!r}')


@CHECKS.add("GET /v2 tells name, version and extensions", "add the route, with a list under extensions, even if empty")
def server_metadata(subject: Subject) -> None:
    answer = subject.ask("GET", "/v2")
    expect(answer, 200)
    content = json_of(answer)
    for key, kind in (("name", str), ("version", str), ("extensions", list)):
        if not isinstance(content.get(key), kind):
            raise NotKept(f'"{key}" is {content.get(key)!r}')


@CHECKS.add("GET /v2/models/NAME tells the platform, inputs and outputs", "describe each tensor: name, datatype, shape")
def model_metadata(subject: Subject) -> None:
    content = metadata_of(subject)
    if content.get("name") != subject.model or not isinstance(content.get("platform"), str):
        raise NotKept(f'"name" is {content.get("name")!r}, "platform" is {content.get("platform")!r}')
    for key in ("inputs", "outputs"):
        described(subject, key)


@CHECKS.add("GET /v2/models/NAME/ready answers 200", 'add the route: {"name": NAME, "ready": true}')
def model_ready(subject: Subject) -> None:
    answer = subject.ask("GET", model_path(subject, "/ready"))
    expect(answer, 200)
    if json_of(answer).get("ready") is not True:
        raise NotKept(f'no "ready": true in {answer.text[:80]!r}')


@CHECKS.add(
    "POST .../infer answers with the model's name and its outputs", "give each a name, shape, datatype and data"
)
def infer_flat(subject: Subject) -> None:
    answer = answered(subject, request_for(subject))
    outputs_of(answer)
    if answer.get("model_name") != subject.model:
        raise NotKept(f'"model_name" is {answer.get("model_name")!r}')


@CHECKS.add("data in nested lists gets the same answer as flat data", "reshape the data to the shape, whatever it is")
def infer_nested(subject: Subject) -> None:
    body = request_for(subject)
    again = {**body, "inputs": [nested(tensor) for tensor in body["inputs"]]}
    if outputs_of(answered(subject, again)) != outputs_of(answered(subject, body)):
        raise NotKept("the two answers differ")


@CHECKS.add("a batch of two gets two answers", "take what the shape begins with as the number of examples")
def batch(subject: Subject) -> None:
    if subject.body is not None or not all(one["shape"][:1] == [-1] for one in described(subject, "inputs")):
        return  # nothing is promised of batches
    for output in outputs_of(answered(subject, request_for(subject, count=2))):
        if output["shape"][:1] != [2]:
            raise NotKept(f"{output['name']} has the shape {output['shape']}")


@CHECKS.add("outputs are what the metadata says", "let the names, datatypes and shapes of the two agree")
def as_described(subject: Subject) -> None:
    metadata = {one["name"]: one for one in described(subject, "outputs")}
    for output in outputs_of(answered(subject, request_for(subject))):
        meta = metadata.get(output["name"])
        if meta is None:
            raise NotKept(f"{output['name']} is not in the metadata, which has {', '.join(metadata)}")
        fits = len(meta["shape"]) == len(output["shape"])
        fits = fits and all(said in (-1, size) for said, size in zip(meta["shape"], output["shape"], strict=True))
        if meta["datatype"] != output["datatype"] or not fits:
            raise NotKept(
                f"{output['name']} is {output['datatype']} {output['shape']}, not {meta['datatype']} {meta['shape']}"
            )


@CHECKS.add('the "id" of a request comes back', 'copy "id" from the request into the answer')
def id_returned(subject: Subject) -> None:
    if (given := answered(subject, {**request_for(subject), "id": ID}).get("id")) != ID:
        raise NotKept(f'"id" is {given!r}')


@CHECKS.add("only the outputs that a request names come back", 'leave out what "outputs" does not name')
def outputs_chosen(subject: Subject) -> None:
    body = request_for(subject)
    first = outputs_of(answered(subject, body))[0]["name"]
    names = [one["name"] for one in outputs_of(answered(subject, {**body, "outputs": [{"name": first}]}))]
    if names != [first]:
        raise NotKept(f"asked for {first}, got {', '.join(names)}")


@CHECKS.add('an unknown datatype is refused, with "error"', "answer 400 for what is not in the table of datatypes")
def datatype_unknown(subject: Subject) -> None:
    body = request_for(subject)
    inputs = [{**tensor, "datatype": "UINT9"} for tensor in body["inputs"]]
    refused_with_a_reason(infer(subject, {**body, "inputs": inputs}))


@CHECKS.add('a shape that the data does not have is refused, with "error"', "compare the shape with the data: 400")
def shape_wrong(subject: Subject) -> None:
    body = request_for(subject)
    inputs = [{**tensor, "shape": _longer(tensor["shape"])} for tensor in body["inputs"]]
    refused_with_a_reason(infer(subject, {**body, "inputs": inputs}))


def _longer(shape: list[int]) -> list[int]:
    return [shape[0] + 1, *shape[1:]] if shape else [2]


@CHECKS.add('a body without inputs is refused, with "error"', "answer 400, and what was expected")
def inputs_missing(subject: Subject) -> None:
    refused_with_a_reason(infer(subject, {}))


@CHECKS.add('an empty body is refused, with "error"', "answer 400, not 500: it is the sender's fault")
def body_empty(subject: Subject) -> None:
    headers = {"Content-Type": "application/json"}
    refused_with_a_reason(subject.ask("POST", model_path(subject, "/infer"), data=b"", headers=headers))


@CHECKS.add('a model that is not there is refused, with "error"', "answer 404 and name what there is")
def model_unknown(subject: Subject) -> None:
    for answer in (
        infer(subject, request_for(subject), model="no-such-model"),
        subject.ask("GET", "/v2/models/no-such-model"),
    ):
        expect(answer, *range(400, 500))
        has_a_reason(answer)
