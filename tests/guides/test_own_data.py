"""The page on one's own data: drawn shapes go from a folder of pictures to an answer, by the page's own commands."""

from __future__ import annotations

import json
import random
import re

from PIL import Image, ImageDraw

from tests.conftest import ROOT
from tests.guides.typed import Clone, commands_in

PAGE = (ROOT / "docs" / "own_data.md").read_text()
SIZE = (120, 90)


def draw(shape: str, chance: random.Random) -> Image.Image:
    """One shape, dark on white, somewhere in the picture."""
    picture = Image.new("RGB", SIZE, "white")
    left, top = chance.randint(5, 30), chance.randint(5, 20)
    right, bottom = left + chance.randint(40, 80), top + chance.randint(40, 60)
    pen = ImageDraw.Draw(picture)
    if shape == "triangle":
        pen.polygon([(left, bottom), (right, bottom), ((left + right) // 2, top)], fill="#333333")
    elif shape == "ring":
        pen.ellipse((left, top, right, bottom), outline="#333333", width=8)
    else:
        pen.rectangle((left, top, right, bottom), outline="#333333", width=8)
    return picture


def test_the_pages_commands_lead_from_a_folder_of_pictures_to_an_answer(clone: Clone):
    train, serve, ask = commands_in(PAGE)
    assert "needs at least two folders" in clone.type(train, expected=1)
    chance = random.Random(42)
    for shape in ("frame", "ring", "triangle"):
        folder = clone.folder / "work" / "my_pictures" / shape
        folder.mkdir(parents=True)
        for number in range(30):
            draw(shape, chance).save(folder / f"{number}.png")
    broken = folder / "cut_off.jpg"
    broken.write_bytes(b"\xff\xd8\xff")
    assert "cut_off.jpg" in clone.type(train, expected=1).splitlines()[-1]
    broken.unlink()
    printed = clone.type(train)
    accuracy, always = map(float, re.search(r"accuracy (\S+), .* largest class (\S+)", printed).groups())
    assert accuracy > 0.8 > always
    assert printed.splitlines()[-1] == "released: work/models/mine/1"
    assert len(printed.splitlines()) == 6, "TensorFlow's log is none of a student's business"

    draw("triangle", chance).save(clone.folder / "IMG_0999.jpg")
    with clone.typed(f"{serve} --port 0", r"at (http://127\.0\.0\.1:\d+)") as address:
        answer = clone.type(ask.replace("http://127.0.0.1:8000", address).replace("curl", "curl --silent"))
    assert json.loads(answer)["labels"] == ["triangle"]
