"""How many garments are recognized in photographs: in front of a wall, in bad light, with grain, in a frame.

``python -m workbook.bench.photographs`` prints a table: for each kind of photograph, the share of the first 200 test
images that get their right label. The photographs are made, not taken: a garment, enlarged, dark in front of a lighter
wall. It takes five minutes on one processor.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from pipeline import dataset
from server.model_card import PINNED_MODELS
from server.pictures import read_pixels
from server.quiet import import_tensorflow
from server.repository import Servable, load_servable

GARMENTS = 200
SIZE = (480, 640)  # height, width
EDGE = 380  # pixels of the garment's square
WALL = 225
WHITE = 255
TURNED = 6  # EXIF: "turn me a quarter clockwise to see me upright"
ORIENTATION = 0x0112

Photograph = Callable[[np.ndarray, np.random.Generator], bytes]


def as_file(picture: np.ndarray | Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """A picture, or its levels of 0 to 255 in whatever type, as an encoded file."""
    if isinstance(picture, np.ndarray):
        picture = Image.fromarray(picture.clip(0, WHITE).round().astype(np.uint8))
    file = BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def before(wall: np.ndarray, garment: np.ndarray, edge: int = EDGE, at: tuple[int, int] | None = None) -> np.ndarray:
    """A garment, uint8 (28, 28) and light on black, turned into something dark in front of ``wall``, levels (height,
    width).

    ``edge`` is that of the garment's square in pixels, and ``at`` its upper left corner (row, column); without one it
    is in the middle.
    """
    large = Image.fromarray(garment).resize((edge, edge), Image.Resampling.BICUBIC)
    light = np.asarray(large, dtype=float)
    opaque = np.clip(light / WHITE * 2.5, 0, 1)
    top, left = at or ((wall.shape[0] - edge) // 2, (wall.shape[1] - edge) // 2)
    scene = wall.astype(float)
    part = scene[top : top + edge, left : left + edge]
    part[:] = part * (1 - opaque) + np.minimum(WHITE - light, 200) * opaque
    return scene


def wall(right: float = 0, down: float = 0, level: float = WALL, size: tuple[int, int] = SIZE) -> np.ndarray:
    """A wall whose light changes by these levels from left to right and from top to bottom."""
    rows, columns = np.mgrid[0 : size[0], 0 : size[1]]
    return level + right * columns / size[1] + down * rows / size[0]


def vignette(fall: float) -> np.ndarray:
    """A wall whose corners are darker by ``fall`` levels, as a lens makes them: with the square of the distance."""
    rows, columns = np.mgrid[-1 : 1 : SIZE[0] * 1j, -1 : 1 : SIZE[1] * 1j]
    return WALL - fall * (rows**2 + columns**2) / 2


def noise(random: np.random.Generator, deviation: float, size: tuple[int, int] = SIZE) -> np.ndarray:
    """What a sensor adds, independently for each pixel."""
    return random.normal(0, deviation, size)


def texture(random: np.random.Generator, deviation: float = 6, grain: int = 4) -> np.ndarray:
    """Plaster or cloth: grains of about ``grain`` pixels."""
    coarse = random.normal(0, 1, (SIZE[0] // grain, SIZE[1] // grain)).astype(np.float32)
    fine = np.asarray(Image.fromarray(coarse).resize(SIZE[::-1], Image.Resampling.BICUBIC))
    return fine / fine.std() * deviation


def shade(depth: float) -> np.ndarray:
    """What somebody's soft shadow takes from the left third of the wall."""
    columns = np.linspace(0, 1, SIZE[1])
    return np.broadcast_to(depth / (1 + np.exp((columns - 0.3) * 20)), SIZE)


def own_shadow(garment: np.ndarray, depth: float) -> np.ndarray:
    """What the garment's own soft shadow takes from the wall beside it, to the lower right."""
    outline = before(np.full(SIZE, float(WHITE)), garment) < 240
    soft = Image.fromarray((outline * WHITE).astype(np.uint8)).filter(ImageFilter.GaussianBlur(12))
    return np.roll(np.asarray(soft, dtype=float) / WHITE * depth, (10, 10), (0, 1))


def framed(garment: np.ndarray, frame: int = WHITE, dark: bool = False) -> bytes:
    """A garment, light on black or, with ``dark``, dark on white, in a wide frame, as ``savefig`` writes it."""
    large = Image.fromarray(WHITE - garment if dark else garment).resize((370, 370), Image.Resampling.NEAREST)
    return as_file(ImageOps.expand(large, (135, 55), frame).convert("RGB"))


def sideways(scene: np.ndarray) -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = TURNED
    lying = Image.fromarray(scene.clip(0, WHITE).astype(np.uint8)).rotate(90, expand=True)
    return as_file(lying.convert("RGB"), "JPEG", exif=exif, quality=85)


def colored(garment: np.ndarray, cloth: str, ground: str) -> bytes:
    gray = Image.fromarray(before(wall(level=250), garment).clip(0, WHITE).round().astype(np.uint8))
    return as_file(ImageOps.colorize(gray, cloth, ground), "JPEG", quality=85)


def cut_out(garment: np.ndarray) -> bytes:
    """Opaque where the garment is; black under what is transparent."""
    scene = before(wall(level=WHITE), garment).clip(0, WHITE).round().astype(np.uint8)
    layer = Image.merge("LA", [Image.fromarray(scene), Image.fromarray(((scene < 250) * WHITE).astype(np.uint8))])
    return as_file(layer)


def far_away(garment: np.ndarray, random: np.random.Generator) -> bytes:
    """Small, off center, in uneven light, with a sensor's noise, as a JPEG."""
    at = int(random.integers(10, 240)), int(random.integers(10, 400))
    return as_file(before(wall(-25, 15), garment, 220, at) + noise(random, 5), "JPEG", quality=85)


def negative(scene: np.ndarray) -> np.ndarray:
    return WHITE - scene


PHOTOGRAPHS: dict[str, Photograph] = {
    "raw pixels, 28 by 28": lambda g, _: as_file(g),
    "plain wall": lambda g, _: as_file(before(wall(), g)),
    "plain wall, JPEG": lambda g, _: as_file(before(wall(), g), "JPEG", quality=80),
    "white paper": lambda g, _: as_file(before(wall(level=WHITE), g)),
    "light on dark": lambda g, _: as_file(negative(before(wall(level=WHITE), g))),
    "light on dark gray": lambda g, _: as_file(negative(before(wall(), g))),
    "gray wall of 150, faint": lambda g, _: as_file(before(wall(level=WHITE), g) * 0.6),
    "red on beige": lambda g, _: colored(g, "#7a1020", "#efe3c8"),
    "navy on green": lambda g, _: colored(g, "#000022", "#b7d7a8"),
    "cut out, transparent": lambda g, _: cut_out(g),
    "light falls by 20 to the right": lambda g, _: as_file(before(wall(-20), g)),
    "by 30 to the right": lambda g, _: as_file(before(wall(-30), g)),
    "by 40 to the right": lambda g, _: as_file(before(wall(-40), g)),
    "by 40 to the left": lambda g, _: as_file(before(wall(40, level=185), g)),
    "by 40 downward": lambda g, _: as_file(before(wall(down=-40), g)),
    "by 40 upward": lambda g, _: as_file(before(wall(down=40, level=185), g)),
    "by 40, light on dark": lambda g, _: as_file(negative(before(wall(-40), g))),
    "by 30 and 30, across": lambda g, _: as_file(before(wall(-30, -30), g)),
    "vignette of 40": lambda g, _: as_file(before(vignette(40), g)),
    "vignette of 60": lambda g, _: as_file(before(vignette(60), g)),
    "noise of 6": lambda g, r: as_file(before(wall(), g) + noise(r, 6)),
    "noise of 10": lambda g, r: as_file(before(wall(), g) + noise(r, 10)),
    "noise of 10, then JPEG": lambda g, r: as_file(before(wall(), g) + noise(r, 10), "JPEG", quality=75),
    "texture of 6": lambda g, r: as_file(before(wall() + texture(r), g)),
    "coarse texture of 6": lambda g, r: as_file(before(wall() + texture(r, grain=12), g)),
    "by 40, noise of 10, texture of 6": lambda g, r: as_file(before(wall(-40) + texture(r), g) + noise(r, 10)),
    "vignette of 40, noise of 10": lambda g, r: as_file(before(vignette(40), g) + noise(r, 10)),
    "shade of 30 on a third": lambda g, _: as_file(before(wall() - shade(30), g)),
    "shade of 30, noise of 6": lambda g, r: as_file(before(wall() - shade(30), g) + noise(r, 6)),
    "its own shadow, 25": lambda g, _: as_file(before(wall() - own_shadow(g, 25), g)),
    "its own shadow, 40": lambda g, _: as_file(before(wall() - own_shadow(g, 40), g)),
    "small, off the center, JPEG": far_away,
    "sideways by EXIF, by 30": lambda g, _: sideways(before(wall(-30, size=(640, 480)), g)),
    "touches the border": lambda g, _: as_file(before(wall(-20)[:380], g, 380, (0, 40))),
    "white frame, light on black": lambda g, _: framed(g),
    "white frame, dark on white": lambda g, _: framed(g, dark=True),
    "black frame, dark on white": lambda g, _: framed(g, frame=0, dark=True),
    "black frame, light on black": lambda g, _: framed(g, frame=0),
    "gray frame, light on black": lambda g, _: framed(g, frame=240),
    "white frame, by JPEG": lambda g, _: as_file(Image.open(BytesIO(framed(g))), "JPEG", quality=80),
}


def share_right(name: str, images: np.ndarray, truth: np.ndarray, servable: Servable) -> float:
    """The share of test images, uint8 (n, 28, 28), that ``servable`` recognizes in photographs of that kind."""
    random = np.random.default_rng(0)
    pixels = [read_pixels(PHOTOGRAPHS[name](image, random)) for image in images]
    _, labels = servable.classify(np.stack(pixels))
    return float(np.mean([label == servable.card.classes[number] for label, number in zip(labels, truth, strict=True)]))


def main() -> None:
    dataset.ensure()
    import_tensorflow()
    from keras.datasets import fashion_mnist

    _, (images, truth) = fashion_mnist.load_data()
    servable = load_servable(PINNED_MODELS / "clothes" / "1")
    for number, name in enumerate(PHOTOGRAPHS, start=1):
        share = share_right(name, images[:GARMENTS], truth[:GARMENTS], servable)
        print(f"{number:>2} of {len(PHOTOGRAPHS)}  {name:<34} {share:.3f}", flush=True)


if __name__ == "__main__":
    main()
