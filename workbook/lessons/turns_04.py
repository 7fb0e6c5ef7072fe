"""The turns of lesson 04."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable

import numpy as np

from server.preprocessing import to_model_input
from workbook.lessons.turn import NotYet, Turn, a_or_an, expect


def is_scaled(batch: object, pixels: np.ndarray) -> None:
    shape = (*pixels.shape, 1)
    expect(isinstance(batch, np.ndarray), f"batch is {a_or_an(batch)}; expected a NumPy array")
    expect(batch.shape == shape, f"batch has the shape {batch.shape}; the network wants {shape}, the channel last")
    highest = float(batch.max())
    expect(highest <= 1, f"batch goes up to {highest:g}; in training no number was above 1")
    expect(
        not np.isclose(highest, 1),
        f"the brightest pixel here is {pixels.max()}, and it became 1: you divided by the brightest pixel of these "
        "pictures. Training divided by the same number for every picture",
    )
    right = to_model_input(pixels)
    expect(
        np.allclose(batch, right, atol=1e-4),
        f"batch goes up to {highest:g}; expected {right.max():.3f}, which is {pixels.max()} divided by 255",
    )
    expect(batch.dtype == np.float32, f"the numbers are right, but they are {batch.dtype}; the network has float32")


VALUED = {"-X", "--request", "-H", "--header", "-d", "--data", "--data-binary", "--data-raw", "--json", "-o", "-w"}
DATA = ("-d", "--data", "--data-binary", "--json")
FILE, ROUTE = "image.json", "/models/clothes/v1"


def posts_the_file(command: str) -> None:
    try:
        words = shlex.split(command.replace("\\\n", " "))
    except ValueError as error:
        raise NotYet(f"the shell could not read this line: {error}") from error
    options, rest = options_of(words[1:])
    expect(
        words[:1] == ["curl"] and any(ROUTE in word for word in rest),
        f"begin the line with curl, and give it {ROUTE}",
    )
    data = [value for name, value in options if name in DATA]
    expect(bool(data), "no body is sent, but the image has to be in it. See -d")
    expect(
        data == [f"@{FILE}"],
        f"the body is the text {data[0]!r}; with an @ before its name, curl sends what is in the file {FILE}",
    )
    method = next((value for name, value in options if name in ("-X", "--request")), "POST")
    expect(method == "POST", f"the method is {method}; -d alone makes it a POST")
    headers = [value.replace(" ", "").lower() for name, value in options if name in ("-H", "--header")]
    expect(
        "content-type:application/json" in headers or any(name == "--json" for name, _ in options),
        "without a header, curl says that the body is a form (application/x-www-form-urlencoded), "
        "and the server answers 415. See -H",
    )


def options_of(words: list[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """The options with their values, and the words that are neither."""
    options, rest, left = [], [], iter(words)
    for word in left:
        if word in VALUED:
            options.append((word, next(left, "")))
        elif word[:2] in ("-d", "-H", "-X") and len(word) > 2:
            options.append((word[:2], word[2:]))
        elif word.startswith("--") and word.partition("=")[0] in VALUED:
            raise NotYet(f"curl wants a space instead of the = in {word}")
        else:
            rest.append(word)
    return options, rest


PICTURE, ROWS, SHOES, DELETE, RAISES = (
    "the body is a PNG file",
    "the image has 27 rows",
    "POST to /models/shoes/v1",
    "DELETE /models/clothes/v1",
    "the model file is broken",
)
CODES = {PICTURE: (415,), ROWS: (400, 422), SHOES: (404,), DELETE: (405,), RAISES: (500, 503)}
HINTS = {
    (PICTURE, 400): "400 is not false, but one code says more: the body is of a kind that the server does not read",
    (ROWS, 404): "404 says that nothing is at this address; there is, and the client would look for a typo",
    (
        ROWS,
        500,
    ): "500 says that the server failed, and wakes its owner; but the request is what cannot be used",
    (ROWS, 413): "413 is for a body that is too large; this one is too small, and a smaller one would not help",
    (SHOES, 400): "the image may be perfect; there is nothing at this address",
    (SHOES, 500): "nothing failed: there is no such model",
    (DELETE, 404): "there is something at this address; it only does not take this method",
    (DELETE, 400): "one code says more: it is the method that this address does not take",
    (RAISES, 400): "the client did nothing wrong, and cannot fix anything",
    (RAISES, 404): "the address is right, and the client cannot fix anything",
}


def say_who_acts(codes: dict[str, object]) -> None:
    for request, fitting in CODES.items():
        code = codes[request]
        expect(isinstance(code, int), f"{request}: {code!r} is not a number; expected a status code such as 200")
        hint = HINTS.get((request, code), "look for the row of the table that says who has to act, and what to do")
        if code == 200:
            hint = "200 says that here is the answer, and there is none"
        expect(code in fitting, f"{request}, and you answer {code}: {hint}")


def keeps_all_but_the_body(as_json: Callable) -> None:
    from werkzeug.exceptions import MethodNotAllowed, NotFound

    not_allowed = answered(as_json, MethodNotAllowed(["GET", "POST"], "this address does not take DELETE"))
    expect(not_allowed.status_code == 405, f"a 405 became {not_allowed.status_code}")
    expect("GET" in not_allowed.headers.get("Allow", ""), "a 405 has lost its Allow header; keep the response you got")
    told(answered(as_json, NotFound("no such model")), "no such model")


def answered(as_json: Callable, error: Exception) -> object:
    try:
        response = as_json(error)
        expect(hasattr(response, "headers"), f"as_json returned {a_or_an(response)}; expected the response")
        response.get_data()
    except TypeError as raised:
        raise NotYet(f"set_data wants text, not a dictionary: json.dumps turns it into text ({raised})") from None
    return response


def told(response: object, description: str) -> None:
    body = response.get_data(as_text=True)
    try:
        content = json.loads(body)
    except ValueError:
        raise NotYet(f"the body is {body!r}, which is not JSON; see json.dumps") from None
    expect(isinstance(content, dict) and "error" in content, f'the body is {body}; expected an object with "error"')
    error = content["error"]
    expect(error == description, f"the error is {error!r}; expected its description, {description!r}")
    media_type = response.content_type
    expect(media_type == "application/json", f"the body is JSON, but the header calls it {media_type}")


TURNS: tuple[Turn, ...] = (
    Turn(
        name="04 scale",
        check=is_scaled,
        idea="The divisor belongs to the training, not to the picture: 255, even if nothing is that bright.",
        answer=("(some / 255)[..., np.newaxis].astype(np.float32)",),
        wrong=(
            ("some[..., np.newaxis].astype(np.float32)",),
            ("(some / some.max())[..., np.newaxis].astype(np.float32)",),
            ("some.astype(np.float32) / 255",),
            ("(some / 255)[..., np.newaxis]",),
            ("(some / 255 / 255)[..., np.newaxis].astype(np.float32)",),
        ),
    ),
    Turn(
        name="04 curl",
        check=posts_the_file,
        idea="-d makes it a POST, @ takes a file's content, and the header says what kind of body it is.",
        answer=("-H 'Content-Type: application/json' -d @image.json",),
        wrong=(
            ("-d @image.json",),
            ("-H 'Content-Type: application/json' -d image.json",),
            ("-X POST -H 'Content-Type: application/json'",),
            ("-X GET -H 'Content-Type: application/json' -d @image.json",),
            ("-H 'Content-Type: application/json -d @image.json",),
        ),
    ),
    Turn(
        name="04 status",
        check=say_who_acts,
        idea="Each code sends the work to somebody who can do it. For the 27 rows many frameworks say 422; we say 400.",
        answer=("415", "400", "404", "405", "500"),
        wrong=(
            ("415", "404", "404", "405", "500"),
            ("415", "400", "404", "404", "500"),
            ("400", "400", "404", "405", "500"),
            ("415", "400", "404", "405", "400"),
            ("415", "500", "404", "405", "500"),
            ("415", '"400"', "404", "405", "500"),
        ),
    ),
    Turn(
        name="04 errors",
        check=keeps_all_but_the_body,
        idea="The status and the other headers stay as they were, so a 405 still says which methods are allowed.",
        answer=('json.dumps({"error": error.description})', '"application/json"'),
        wrong=(
            ('{"error": error.description}', '"application/json"'),
            ('str({"error": error.description})', '"application/json"'),
            ('json.dumps({"error": error.name})', '"application/json"'),
            ('json.dumps({"error": error.description})', '"text/html"'),
            ("json.dumps(error.description)", '"application/json"'),
        ),
    ),
)
