"""Another correct answer, written differently throughout. What the reference does not import, a function does."""

from pathlib import Path

import numpy as np
import requests
from PIL import Image, ImageOps

from server.clients.client import BATCH_SIZE, Refused, ServerError, Unreachable
from server.pictures import border_level, read_pixels
from server.preprocessing import BadInput


def upright(picture):
    turns = {
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_270],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_90],
    }
    try:
        orientation = picture.getexif().get(0x0112)
    except Exception:
        orientation = None
    for turn in turns.get(orientation, []):
        picture = picture.transpose(turn)
    return picture


def to_gray(picture):
    layer = picture.convert("RGBA")
    paper = Image.new("RGBA", layer.size, (255, 255, 255, 255))
    paper.paste(layer, mask=layer.getchannel("A"))
    return paper.convert("RGB").convert("L")


def light_on_dark(gray):
    levels = np.asarray(gray)
    return Image.fromarray(np.uint8(255) - levels) if np.average(levels) < border_level(gray) else gray.copy()


def center(gray, size):
    height, width = size
    factor = min(width / gray.width, height / gray.height)
    fitted = gray.resize((max(1, round(gray.width * factor)), max(1, round(gray.height * factor))))
    canvas = Image.new("L", (width, height), 0)
    canvas.paste(fitted, ((width - fitted.width) // 2, (height - fitted.height) // 2))
    return ImageOps.grayscale(canvas)


class JsonCalls:
    def call(self, method, route, body=None):
        url, wait = self._url + route, (self._timeout, self._timeout)
        try:
            response = self._session.request(method, url, json=body, timeout=wait)
        except requests.RequestException as error:
            raise Unreachable(f"nothing came back from {url}; start it with `{self._command}`") from error
        try:
            answer = response.json()
        except ValueError as error:
            raise ServerError(f"status {response.status_code}, and no JSON") from error
        status = response.status_code
        if status >= 400:
            raise (ServerError if status >= 500 else Refused)(f"{status}: {answer.get('error', answer)}")
        return answer


class ImageClient:
    def classify(self, images):
        batch = np.asarray(images)[None] if np.ndim(images) == 2 else np.asarray(images)
        predictions = []
        while len(batch):
            part, batch = batch[:BATCH_SIZE], batch[BATCH_SIZE:]
            predictions.extend(self._classify(part))
        return predictions

    def classify_files(self, paths):
        if isinstance(paths, (str, Path, bytes)) or hasattr(paths, "read"):
            paths = [paths]
        paths = list(paths)
        if not paths:
            return []
        wanted = self.info()["input"]
        size = tuple(wanted["shape"])
        low, high = wanted.get("low", 0), wanted.get("high", 255)
        images = np.empty((len(paths), *size), np.uint8)
        for index, path in enumerate(paths):
            content = path.read() if hasattr(path, "read") else path
            try:
                pixels = read_pixels(content if isinstance(content, bytes) else Path(content), size)
            except BadInput as error:
                raise BadInput(f"cannot read {path}, for {error}") from error
            images[index] = np.rint(np.interp(pixels, (0, 255), (low, high)))
        return self.classify(images)
