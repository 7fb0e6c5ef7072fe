"""The turns of lesson 06."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from itertools import pairwise

from workbook.lessons.turn import NotYet, Turn, expect

STACK = ["FROM python:3.11-slim", "COPY requirements.lock", "RUN pip install", "COPY models", "COPY server"]
IMAGE = "workbook-server"


def made_again(rule: Callable[[list[str], str], list[str]]) -> None:
    for changed in ("COPY server", "RUN pip install", "FROM python:3.11-slim"):
        place = STACK.index(changed)
        right, came = STACK[place:], list(rule(list(STACK), changed))
        if came == right:
            continue
        told = f"when {changed!r} changes, your rule makes {came} again. "
        if came == STACK[: place + 1]:
            raise NotYet(told + "Those below stay as they are; those above depend on what has changed")
        if came == STACK[place + 1 :]:
            raise NotYet(told + "The changed layer itself is missing")
        if came == [changed]:
            raise NotYet(told + f"It leaves {STACK[place + 1 :]} as they were, on a layer that is not there any more")
        raise NotYet(told + f"Expected {right}")


def two_lines(lines: list[str]) -> None:
    written = [" ".join(str(line).split()) for line in lines]
    for line in written[3:5]:
        words = line.split()
        expect(len(words) > 1, f"{line!r} is not an instruction, which is a word such as RUN and what to do")
        expect(
            words[0].upper() in ("RUN", "COPY", "ADD"),
            f"{line!r} brings no files into the image: of your two lines, one begins with RUN and one with COPY",
        )
    installs = [place for place, line in enumerate(written) if re.match(r"(?i)RUN .*pip3? install", line)]
    expect(installs, "no line runs `pip install`: the container would end with ModuleNotFoundError")
    (install, *_) = installs
    reads = re.search(r"(-r|--requirement)[ =]?(\./)?requirements\.txt", written[install])
    expect(reads, f"{written[install]!r} does not tell pip to read requirements.txt, which is in the image for that")
    copies = [place for place, line in enumerate(written) if re.match(r"(?i)(COPY|ADD) ", line) and place > 2]
    expect(copies, "no line copies api.py: python would find no such file")
    (copy, *_) = copies
    _, *sources, target = [word for word in written[copy].split() if not word.startswith("--")]
    expect(sources, f"{written[copy]!r} says what, but not where to: the dot is the folder of WORKDIR")
    expect(
        not {".", "./", "*"} & set(sources),
        f"{written[copy]!r} copies the whole folder, notebooks, data and passwords too: name the one file",
    )
    expect("api.py" in [source.removeprefix("./") for source in sources], f"{written[copy]!r} does not bring api.py")
    expect(target.rstrip("/") in (".", "", "./api.py", "api.py", "/app", "/app/api.py"), f"{target!r} is not /app")
    expect(
        install < copy,
        "it builds, but in this order a changed api.py makes two layers again: its own, and above it all the packages",
    )


def published(tokens: list[str]) -> list[str]:
    """What follows ``-p``, in each way to write it."""
    found = [token.partition("=")[2] for token in tokens if token.startswith(("--publish=", "-p="))]
    pairs = pairwise(tokens)
    return found + [after for token, after in pairs if token == "--publish" or re.fullmatch(r"-[dit]*p", token)]


def command(text: str) -> None:
    tokens = shlex.split(text.replace("\\\n", " "))
    expect(tokens[:2] == ["docker", "run"], f"it begins with {' '.join(tokens[:2])!r}, not with docker run")
    expect(tokens[-1] == IMAGE, f"what comes after {IMAGE} is passed to the server: options come before the image")
    options = tokens[2:-1]
    ports = published(options)
    expect(ports, "no port is published: the server runs, and curl finds nobody")
    address, _, rest = ports[0].rpartition(":")[0].rpartition(":")
    outside, inside = rest, ports[0].rpartition(":")[2]
    expect(
        outside,
        f"{ports[0]!r} names only the port in the container: Docker picks one here, open to everybody",
    )
    expect(
        (outside, inside) != ("8000", "9000"), f"{ports[0]!r} is in the wrong order: this machine first, then inside"
    )
    expect((outside, inside) == ("9000", "8000"), f"{ports[0]!r} does not lead from port 9000 to port 8000")
    expect(address, f"{ports[0]!r} lets in everybody who can reach your machine: put an address in front")
    expect(address == "127.0.0.1", f"{address!r} is not the address of this machine's loopback")
    letters = {letter for token in options if re.fullmatch(r"-[a-z]+", token) for letter in token[1:]}
    expect("--detach" in options or "d" in letters, "it would hold your terminal until it ends")
    expect("--rm" in options, "once it has ended, it stays in `docker ps --all`, with all its files")


TURNS = (
    Turn(
        name="06 made again",
        check=made_again,
        idea="A changed line of code costs one layer here; a changed base image costs all five.",
        answer=("stack[stack.index(changed) :]",),
        wrong=(
            ("[changed]",),
            ("stack[: stack.index(changed) + 1]",),
            ("stack[stack.index(changed) + 1 :]",),
            ("stack",),
        ),
    ),
    Turn(
        name="06 two lines",
        check=two_lines,
        idea="The layers, from the bottom: python:3.11-slim, requirements.txt, the packages, api.py. "
        "A changed api.py makes the last one again, and no other.",
        answer=('"RUN pip install --no-cache-dir --requirement requirements.txt"', '"COPY api.py ."'),
        wrong=(
            ('"COPY api.py ."', '"RUN pip install -r requirements.txt"'),
            ('"RUN pip install Flask"', '"COPY api.py ."'),
            ('"RUN pip install -r requirements.txt"', '"COPY . ."'),
            ('"RUN pip install -r requirements.txt"', '"COPY api.py"'),
            ('"RUN pip install -r requirements.txt"', '"CMD python api.py"'),
            ('"pip install -r requirements.txt"', '"COPY api.py ."'),
        ),
    ),
    Turn(
        name="06 command",
        check=command,
        idea="The left side is yours to choose, the right side is the server's. "
        "`docker stop` ends this container, and --rm clears it away.",
        answer=('"docker run --detach --rm --publish 127.0.0.1:9000:8000 workbook-server"',),
        wrong=(
            ('"docker run -d --rm -p 9000:8000 workbook-server"',),
            ('"docker run -d --rm -p 127.0.0.1:8000:9000 workbook-server"',),
            ('"docker run -d --rm workbook-server -p 127.0.0.1:9000:8000"',),
            ('"docker run -d --rm -p 8000 workbook-server"',),
            ('"docker run -it --rm -p 127.0.0.1:9000:8000 workbook-server"',),
            ('"docker run -d -p 127.0.0.1:9000:8000 workbook-server"',),
            ('"docker run -d --rm workbook-server"',),
        ),
    ),
)
