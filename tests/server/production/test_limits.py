"""Small requests that are made to cost much: each is refused, or answered within bounds of time and memory."""

from __future__ import annotations

import asyncio
import json
import struct
import subprocess
import sys
import time
import zlib
from io import BytesIO
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from server.payload import MAX_IMAGES
from server.pictures import MAX_EDGE, MAX_PIXELS, MAX_SCANS, read_batch, read_pixels
from server.preprocessing import BadInput
from server.production.gateway import Gateway, nobody_is_refused
from server.routes import MAX_BODY_BYTES, MAX_FORM_PARTS
from tests.server.test_pictures import encoded

MEBIBYTE = 1024 * 1024
CLOTHES = "/models/clothes/v1"
# Makes of a file's path what it cost: the growth of the process in MiB, and what came of it.
MEASURE = """
import resource, sys
from pathlib import Path
from server.pictures import BadInput, read_pixels
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
before = peak()
try:
    answer = read_pixels(Path(sys.argv[1])).shape
except BadInput as error:
    answer = error
print(peak() - before, answer)
"""


def png_of_zeros(width: int, height: int) -> bytes:
    """A black PNG of any size, made without its pixels ever being in memory: a bomb.

    A mebibyte of zeros is packed once and then repeated, which a full flush allows (RFC 1950, 1951).
    """
    whole, rest = divmod((1 + width) * height, MEBIBYTE)
    packer, last = zlib.compressobj(9, wbits=-15), zlib.compressobj(9, wbits=-15)
    block = packer.compress(bytes(MEBIBYTE)) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = struct.pack(">HH", (1 + width) * height % 65521, 1)  # Adler-32 of as many zeros
    packed = b"\x78\xda" + block * whole + last.compress(bytes(rest)) + last.flush() + checksum
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def with_many_scans(count: int) -> bytes:
    """A progressive JPEG whose last scan comes ``count`` times over: each is a pass over the whole picture."""
    content = encoded(Image.new("RGB", (4000, 4000), "gray"), "JPEG", progressive=True)
    last = content.rindex(b"\xff\xda")
    return content[:last] + content[last:-2] * count + content[-2:]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (png_of_zeros(40_000, 40_000), "too many pixels"),  # 1.6 gigapixels in 1.5 MB: Pillow's own limit
        (png_of_zeros(10_000, 10_000), "100,000,000 pixels"),
        (png_of_zeros(1, MAX_PIXELS), "1 x 40,000,000 pixels"),  # in memory twelve bytes for each
        (with_many_scans(5_000), "scans"),
        (with_many_scans(30), "scans, too many for its size"),
    ],
    ids=["gigapixels", "100 megapixels", "a thread", "5,000 scans", "30 scans of 16 megapixels"],
)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_bomb_is_refused_unread(content, reason):
    assert len(content) < 16 * MEBIBYTE, "it would not get past the limit on the body"
    started = time.thread_time()
    with pytest.raises(BadInput, match=reason):
        read_pixels(content)
    assert time.thread_time() - started < 1


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "I;16", "JPEG", "CMYK JPEG"])
def test_the_largest_picture_that_is_taken_fits_in_little_memory(tmp_path, mode):
    height, width = 5_000, MAX_PIXELS // 5_000
    if mode == "I;16":
        picture = Image.fromarray(np.zeros((height, width), np.uint16))
    else:
        picture = Image.new(mode.removesuffix("JPEG").strip() or "RGB", (width, height))
    path = tmp_path / "picture"
    picture.save(path, "JPEG" if "JPEG" in mode else "PNG", compress_level=1)
    result = subprocess.run([sys.executable, "-c", MEASURE, path], capture_output=True, text=True, check=True)
    megabytes, answer = result.stdout.split(maxsplit=1)
    assert answer.strip() == "(28, 28)"
    assert int(megabytes) < 300


def test_the_limit_is_for_all_pictures_of_a_request():
    half = png_of_zeros(5_000, MAX_PIXELS // 10_000 + 1)
    assert read_batch([half]).shape == (1, 28, 28)
    with pytest.raises(BadInput, match="in all"):
        read_batch([half, half])


def test_as_many_scans_as_a_photograph_has_are_read():
    assert with_many_scans(1).count(b"\xff\xda") < MAX_SCANS / 5
    assert read_pixels(with_many_scans(1)).shape == (28, 28)


@pytest.mark.parametrize("shape", [(1, 1), (1, 50_000), (50_000, 1), (1, MAX_EDGE), (MAX_EDGE, 600)])
def test_any_proportion_is_taken(shape):
    assert read_pixels(png_of_zeros(*shape)).shape == (28, 28)


@pytest.mark.parametrize("shape", [(0, 0), (0, 10), (10, 0)])
def test_a_picture_without_pixels_is_bad_input(shape):
    with pytest.raises(BadInput):
        read_pixels(png_of_zeros(*shape))


def half_and_half(mode: str = "RGB") -> Image.Image:
    """Dark on white, in the left half only."""
    picture = Image.new(mode, (64, 64), "white")
    picture.paste(Image.new(mode, (32, 64)), (0, 0))
    return picture


@pytest.mark.parametrize("kind", ["PNG", "MPO"])
def test_of_several_pictures_in_a_file_the_first_counts(kind):
    other = Image.new("RGB", (64, 64), "white")
    several = encoded(half_and_half(), kind, save_all=True, append_images=[other, other])
    with Image.open(BytesIO(several)) as picture:
        assert picture.n_frames == 3
    expected = read_pixels(encoded(half_and_half(), "PNG"))
    np.testing.assert_allclose(read_pixels(several).astype(int), expected, atol=8)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@settings(max_examples=200)
@given(notes=st.binary(max_size=60), kind=st.sampled_from(["PNG", "JPEG"]))
def test_damaged_exif_is_no_reason_to_refuse_a_picture(notes, kind):
    exif = b"Exif\x00\x00MM\x00*\x00\x00\x00\x08" + notes
    assert read_pixels(encoded(half_and_half(), kind, exif=exif)).shape == (28, 28)


def test_a_text_among_the_pixels_does_not_take_its_length_for_each_of_them(app):
    body = {"images": ["a" * 8_000_000] + ["b"] * 100_000}
    started = time.thread_time()
    response = app.test_client().post(CLOTHES, data=json.dumps(body), content_type="application/json")
    assert (response.status_code, list(response.get_json())) == (400, ["error"])
    assert time.thread_time() - started < 5


def test_many_small_pictures_in_a_form_are_one_batch(app):
    files = {"image": [(BytesIO(png_of_zeros(28, 28)), "x.png") for _ in range(MAX_FORM_PARTS)]}
    response = app.test_client().post(CLOTHES, data=files, content_type="multipart/form-data")
    assert len(response.get_json()["labels"]) == MAX_FORM_PARTS


def in_json(cell: str, images: int) -> bytes:
    row = "[" + ",".join([cell] * 28) + "]"
    image = "[" + ",".join([row] * 28) + "]"
    return ('{"images":[' + ",".join([image] * images) + "]}").encode()


# Each in some 16 MB, all that a body may have, or in as many cells as are allowed.
HUGE = MAX_BODY_BYTES // 20
WORST_BODIES = {
    "lists in lists": (b'{"images":[' + b",".join([b"[[[[[1]]]]]"] * HUGE) + b"]}", "1,024 images"),
    "objects": (b'{"images":[' + b",".join([b'{"a":{"b":1}}'] * HUGE) + b"]}", "1,024 images"),
    "empty lists": (b'{"images":[' + b",".join([b"[]"] * 5 * HUGE) + b"]}", "1,024 images"),
    "numbers": (b'{"image":[' + b",".join([b"1"] * 9 * HUGE) + b"]}", "1,024 images"),
    "one text": (b'{"image":"' + b"a" * 19 * HUGE + b'"}', "is text"),
    "spaces": (b'{"image":' + b" " * 19 * HUGE + b"1}", "not a list of rows"),
    "floats": (in_json("0.5", MAX_IMAGES), "floating-point"),
    "truth values": (in_json("true", MAX_IMAGES), "not all numbers"),
    "long numbers": (in_json("18446744073709551615", 950), "go from"),
    "one image too many": (in_json("1", MAX_IMAGES + 1), "1,024 images"),
}
# As MEASURE, for a body, with the seconds of the processor.
MEASURE_BODY = """
import resource, sys, time
from pathlib import Path
from server.model_card import InputSpec
from server.payload import BadInput, pixels_in_json
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
for path in sys.argv[1:]:
    body, before, started = Path(path).read_bytes(), peak(), time.process_time()
    try:
        answer = pixels_in_json(body, InputSpec((28, 28), 0, 255)).shape
    except BadInput as error:
        answer = error
    print(f"{peak() - before} {time.process_time() - started:.2f} {answer}")
"""


def test_the_worst_bodies_of_json_cost_little_memory_and_time(tmp_path):
    paths = []
    for name, (body, _) in WORST_BODIES.items():
        assert len(body) <= MAX_BODY_BYTES
        paths.append(tmp_path / name)
        paths[-1].write_bytes(body)
    measured = subprocess.run([sys.executable, "-c", MEASURE_BODY, *paths], capture_output=True, text=True, check=True)
    for (name, (_, reason)), line in zip(WORST_BODIES.items(), measured.stdout.splitlines(), strict=True):
        megabytes, seconds, answer = line.split(maxsplit=2)
        assert reason in answer, name
        assert int(megabytes) < 200, name  # lists in lists took 1,300
        assert float(seconds) < 5, name  # and 23


def test_as_many_images_as_may_be_are_classified(app):
    response = app.test_client().post(CLOTHES, data=in_json("9", MAX_IMAGES), content_type="application/json")
    assert len(response.get_json()["labels"]) == MAX_IMAGES


def test_bodies_beyond_what_a_worker_holds_are_put_off(monkeypatch):
    monkeypatch.setattr("server.production.gateway.HELD_BYTES", 3_000_000)
    gateway = Gateway(
        lambda environ, start: start("200 OK", []) or [], nobody_is_refused, lambda refusal: refusal, MAX_BODY_BYTES, 5
    )
    answers = []

    class Protocol:
        def __init__(self, size: int) -> None:
            self.size = size

        async def __aiter__(self):
            for _ in range(self.size // 1_000_000):
                await asyncio.sleep(0)
                yield bytes(1_000_000)

        def response_bytes(self, status: int, headers: list, body: bytes) -> None:
            answers.append(status)

    def scope(size: int) -> SimpleNamespace:
        headers = {"host": "a", "content-length": str(size)}
        common = {"method": "POST", "path": "/", "query_string": "", "server": "a:1", "client": "b:2"}
        return SimpleNamespace(headers=headers, http_version="1.1", scheme="http", **common)

    async def both() -> None:
        await asyncio.gather(*(gateway.__rsgi__(scope(2_000_000), Protocol(2_000_000)) for _ in range(2)))
        await gateway.__rsgi__(scope(3_000_000), Protocol(3_000_000))  # what was held is free again

    asyncio.run(both())
    assert sorted(answers) == [200, 200, 503]


OTHERS = {
    "GIF": "a GIF image; expected PNG or JPEG: save it as one of them",
    "BMP": "a BMP image; expected PNG or JPEG",
    "TIFF": "a TIFF image; expected PNG or JPEG",
    "WEBP": "a WebP image; expected PNG or JPEG",
    "ICO": "no whole PNG or JPEG image",
}


@pytest.mark.parametrize("kind", OTHERS)
def test_no_other_format_is_opened_whatever_it_is_called(app, kind):
    content = encoded(Image.new("RGB", (32, 32)), kind)
    response = app.test_client().post(CLOTHES, data=content, content_type="image/png")
    assert response.status_code == 400
    assert response.get_json()["error"].startswith(f"that is {OTHERS[kind]}")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0", "a HEIC image, as some phones take them; expected PNG or JPEG"),
        (b"\0\0\0\x1cftypavif\0\0\0\0", "an AVIF image"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"),
        (b"%PDF-1.7", "a PDF"),
        (b"", "empty"),
        (b"notes", "no whole PNG or JPEG image"),
    ],
)
def test_what_is_sent_as_well_is_called_by_its_name(content, kind):
    with pytest.raises(BadInput, match=f"that is {kind}"):
        read_pixels(content)


def test_of_several_it_is_said_which():
    good, half = encoded(Image.new("RGB", (32, 32)), "PNG"), encoded(Image.new("RGB", (32, 32)), "PNG")[:60]
    for content in (b"GIF89a", half):
        with pytest.raises(BadInput, match="picture 2 of 3: that is"):
            read_batch([good, content, good])
