"""What `workbook diff 05` compares: the same pictures, and a server that answers both the same way."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from io import BytesIO

from PIL import Image

from workbook.labs.checks.assertions import Student

EXIF_ORIENTATION = 0x0112


def behavior(student: Student) -> Iterator[tuple[str, partial]]:
    """A name for each call, and the call."""
    photo = Image.new("L", (200, 260), 230)
    photo.paste(40, (60, 40, 120, 220))
    layer = Image.new("RGBA", (60, 60))
    layer.paste((10, 20, 30, 255), (20, 10, 40, 50))
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = 6
    for name, content in (
        ("a photo", encoded(photo)),
        ("a transparent PNG", encoded(layer)),
        ("a sideways JPEG", encoded(photo, "JPEG", exif=exif)),
        ("half a PNG", encoded(photo)[:60]),
    ):
        yield name, partial(student.call, "server.pictures:read_pixels", content)
    yield (
        "a wide picture, centered",
        partial(student.call, "driver:step", "center", encoded(photo.resize((90, 30))), (28, 28)),
    )
    for status in (200, 400, 404, 500):
        yield f"status {status}", partial(student.call, "driver:info", [(status, '{"error": "why"}')] * 5)
    yield "a page of HTML", partial(student.call, "driver:info", [(200, "<html>")])
    yield "busy, then ready", partial(student.call, "driver:info", [(503, "{}"), (503, "{}")])
    yield "a bad file", partial(student.call, "driver:classify_files", {"notes.png": b"text"})


def encoded(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()
