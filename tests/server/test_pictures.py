"""Image files made to look like training data."""

from __future__ import annotations

import contextlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from server.frame import unframed
from server.ground import even_out
from server.model_card import PINNED_MODELS
from server.pictures import read_pixels, to_pixels
from server.preprocessing import BadInput
from server.repository import load_servable
from workbook.bench.photographs import share_right


@pytest.fixture(scope="module")
def clothes():
    return load_servable(PINNED_MODELS / "clothes" / "1")


def photo(pixels: np.ndarray) -> Image.Image:
    """A test image as the world sends it: ten times as large, dark on white paper, with a margin."""
    large = Image.fromarray(pixels).resize((280, 280), Image.Resampling.BICUBIC)
    return ImageOps.expand(ImageOps.invert(large), border=40, fill=255)


def encoded(picture: Image.Image, kind: str, **options) -> bytes:
    file = BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def sideways(picture: Image.Image) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn me a quarter clockwise to see me upright"
    return encoded(picture.convert("RGB").rotate(90, expand=True), "JPEG", exif=exif)


def on_nothing(picture: Image.Image) -> bytes:
    """A black object, the more opaque the darker it was; the ground is transparent black."""
    layer = Image.new("RGBA", picture.size, "black")
    layer.putalpha(ImageOps.invert(picture))
    return encoded(layer, "PNG")


def dusty(picture: Image.Image) -> bytes:
    """A scan with specks of dust in the margin."""
    specks = np.array(picture)
    for row, column in [(3, 3), (5, 350), (352, 20), (200, 2)]:
        specks[row, column] = 0
    return encoded(Image.fromarray(specks), "PNG")


DRESSES = {
    "gray PNG": lambda picture: encoded(picture, "PNG"),
    "JPEG": lambda picture: encoded(picture, "JPEG", quality=85),
    "color JPEG": lambda picture: encoded(ImageOps.colorize(picture, "navy", "white"), "JPEG"),
    "CMYK JPEG": lambda picture: encoded(picture.convert("CMYK"), "JPEG"),
    "palette PNG": lambda picture: encoded(picture.convert("P"), "PNG"),
    "transparent PNG": on_nothing,
    "16-bit PNG": lambda picture: encoded(Image.fromarray(np.asarray(picture).astype(np.uint16) * 257), "PNG"),
    "light on dark": lambda picture: encoded(ImageOps.invert(picture), "PNG"),
    "sideways, as EXIF says": sideways,
    "on gray paper": lambda picture: encoded(picture.point(lambda level: level * 110 // 255), "PNG"),
    "dusty": dusty,
    "wide paper": lambda picture: encoded(ImageOps.expand(picture, border=(200, 0), fill=255), "PNG"),
}


@pytest.mark.parametrize("dress", DRESSES.values(), ids=DRESSES.keys())
def test_the_model_sees_the_same_object_whatever_the_file(clothes, test_set, dress):
    images = test_set[0][:150]
    _, expected = clothes.classify(images)
    _, labels = clothes.classify(np.stack([read_pixels(dress(photo(image))) for image in images]))
    agreement = np.mean(np.array(labels) == expected)
    assert agreement > 0.85, f"only {agreement:.0%} agree"


def test_proportions_are_kept_and_the_object_is_centerd():
    picture = Image.new("L", (300, 100), 255)
    picture.paste(0, (100, 40, 200, 60))  # a bar five times as wide as high
    pixels = to_pixels(picture)
    rows, columns = np.nonzero(pixels > 127)
    assert (np.ptp(columns) + 1, np.ptp(rows) + 1) == (28, pytest.approx(28 / 5, abs=1))
    assert rows.mean() == pytest.approx(13.5, abs=1)


def test_a_blank_picture_is_black_and_no_error():
    assert to_pixels(Image.new("RGB", (50, 50), "white")).max() == 0


def test_the_size_is_the_callers(tmp_path):
    path = tmp_path / "bar.png"
    Image.new("L", (30, 30)).save(path)
    assert read_pixels(path, (8, 8)).shape == (8, 8)


@pytest.mark.parametrize(
    "content",
    [
        b"this is a text",
        encoded(Image.new("L", (64, 64)), "PNG")[:60],
        encoded(Image.new("L", (64, 64)), "JPEG")[:300],
    ],
    ids=["text", "half a PNG", "half a JPEG"],
)
def test_what_is_no_whole_png_or_jpeg_is_bad_input(content):
    with pytest.raises(BadInput, match="no whole PNG or JPEG"):
        read_pixels(content)


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_pixels(tmp_path / "none.png")


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("size", [(1, 20000), (20000, 1), (3, 9000)])
def test_a_picture_that_is_thousands_of_pixels_long_and_a_few_wide_is_read(size, kind):
    assert read_pixels(encoded(Image.new("L", size, 200), kind)).shape == (28, 28)


@settings(max_examples=150)
@given(
    size=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    mode=st.sampled_from(["1", "L", "LA", "P", "RGB", "RGBA", "I;16"]),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_picture_gives_28_by_28_bytes(size, mode, seed):
    noise = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 4), np.uint8)
    picture = Image.fromarray(noise, "RGBA")
    picture = Image.fromarray(noise[..., 0].astype(np.uint16)) if mode == "I;16" else picture.convert(mode)
    pixels = read_pixels(encoded(picture, "PNG"))
    assert (pixels.shape, pixels.dtype) == ((28, 28), np.uint8)


@settings(max_examples=150)
@given(data=st.data())
def test_a_damaged_file_is_bad_input_or_a_picture_and_nothing_else(data):
    content = bytearray(
        encoded(Image.linear_gradient("L").resize((40, 40)), data.draw(st.sampled_from(["PNG", "JPEG"])))
    )
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(BadInput):
        assert read_pixels(bytes(content)).shape == (28, 28)


# Of the first 60 test images; each of them counts for nearly two hundredths. `python -m workbook.bench.photographs`
# prints the whole table, of 200.
READ_ARIGHT = {
    "raw pixels, 28 by 28": 0.86,
    "plain wall": 0.86,
    "by 40, light on dark": 0.81,
    "by 40, noise of 10, texture of 6": 0.8,
    "vignette of 60": 0.81,
    "shade of 30, noise of 6": 0.78,
    "its own shadow, 25": 0.78,
    "small, off the center, JPEG": 0.81,
    "white frame, light on black": 0.86,
    "black frame, dark on white": 0.86,
    "white frame, by JPEG": 0.84,
}


@pytest.mark.parametrize(("kind", "wanted"), READ_ARIGHT.items(), ids=READ_ARIGHT)
def test_a_photograph_is_read_aright(clothes, test_set, kind, wanted):
    images, truth = test_set
    assert share_right(kind, images[:60], truth[:60], clothes) >= wanted


def test_pixels_of_the_models_own_size_stay_what_they_are(test_set):
    for image in test_set[0][:500]:
        np.testing.assert_array_equal(read_pixels(encoded(Image.fromarray(image), "PNG")), image)


def test_no_garment_is_taken_for_a_framed_picture(test_set):
    for image in test_set[0][:300]:
        picture = photo(image)
        assert unframed(picture).size == picture.size


def test_an_object_that_covers_most_of_the_border_is_not_taken_for_the_ground(test_set):
    cut_off = photo(test_set[0][55]).crop((40, 40, 250, 190))
    assert even_out(cut_off) is cut_off


def test_a_black_box_on_white_is_an_object_and_no_framed_picture():
    picture = Image.new("L", (200, 200), 255)
    picture.paste(0, (40, 60, 160, 150))
    pixels = to_pixels(picture)
    assert (pixels[14, 14], pixels[0, 0]) == (255, 0)
