"""Measures what runs the model in a browser, and what each costs a visitor; writes ``results.json`` beside itself.

    python -m docs.runtimes.measure

It takes Chromium, Fashion-MNIST and npm's registry, and some minutes. The other runtimes are downloaded into a
temporary folder, as plain archives and without npm; nothing of them stays.
"""

from __future__ import annotations

import gzip
import json
import os
import platform
import shutil
import tarfile
import tempfile
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from statistics import median

import numpy as np
import requests
from playwright.sync_api import Browser, sync_playwright
from rich.console import Console

from docs.runtimes.contestants import RUNTIMES, Runtime
from pipeline.browser.scripts import model_script
from pipeline.dataset import ensure, read_test_set
from server.engines import LiteRTEngine
from server.model_card import ModelCard
from server.quiet import import_tensorflow
from workbook.choosing.releases import npm_registry

ROOT = Path(__file__).parents[2]
PINNED = ROOT / "server" / "models" / "clothes" / "1"
RESULTS = Path(__file__).with_name("results.json")
PICTURES = 500
VISITS = 3  # with an empty cache each time
READY_MS, FROM_FILE_MS, POLL_MS = 60_000, 10_000, 50
STRICT = "default-src 'self'"
POLICIES = (STRICT, f"{STRICT}; script-src 'self' 'wasm-unsafe-eval'")
PAGE = '<!doctype html><html lang="en"><meta charset="utf-8"><title>{name}</title>{scripts}</html>'
# The time from the beginning of the visit to the first answer; then one picture after another.
FIRST = "window.first ?? (window.failed ? -1 : 0)"
CALLS = """async (base64) => {
    const levels = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const found = { scores: [], milliseconds: [] };
    for (let start = 0; start < levels.length; start += 784) {
        const scaled = Float32Array.from(levels.subarray(start, start + 784), (level) => level / 255);
        const began = performance.now();
        found.scores.push([...await window.run(scaled)]);
        found.milliseconds.push(performance.now() - began);
    }
    return found;
}"""


def main() -> None:
    console = Console()
    ensure()
    pixels = read_test_set()[0][:PICTURES]
    extra = PINNED / "assets.extra"
    expected = LiteRTEngine(extra / "clothes.tflite", ModelCard.read(extra / "model_card.json")).predict(pixels)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        console.print("writing the model in three formats")
        models = write_models(Path(folder) / "models")
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        rows = []
        for runtime in RUNTIMES:
            console.print(f"measuring {runtime.name}")
            rows.append(measure(browser, runtime, prepare(runtime, Path(folder), models), pixels, expected))
            console.print(rows[-1])
        machine = f"Chromium {browser.version}, {os.cpu_count()} cores, {platform.system()}"
        browser.close()
    recorded = datetime.now(UTC).strftime("%d %B %Y").lstrip("0")
    RESULTS.write_text(
        json.dumps({"recorded": recorded, "machine": machine, "runtimes": rows}, indent=1) + "\n", encoding="utf-8"
    )


def write_models(folder: Path) -> Path:
    """The pinned model as ``model.js``, ``model.tflite`` for one picture at a time, and ``model.onnx``."""
    import_tensorflow()
    import keras
    import tensorflow as tf

    folder.mkdir()
    model = keras.models.load_model(PINNED / "assets.extra" / "clothes.keras")
    (folder / "model.js").write_text(model_script(PINNED), encoding="utf-8")
    one = [tf.TensorSpec([1, *model.input_shape[1:]], tf.float32, "image")]
    model.export(folder / "saved", input_signature=one, verbose=False)
    converter = tf.lite.TFLiteConverter.from_saved_model(str(folder / "saved"))
    (folder / "model.tflite").write_bytes(converter.convert())
    many = keras.InputSpec(shape=model.input_shape, dtype="float32", name="image")
    model.export(folder / "model.onnx", format="onnx", input_signature=[many], verbose=False)
    return folder


def prepare(runtime: Runtime, folder: Path, models: Path) -> Path:
    """A folder with a page, the runtime's files and its model; returns that folder."""
    site = folder / runtime.name
    site.mkdir()
    for package, wanted in runtime.packages.items():
        for name, content in files_of(package, wanted).items():
            (site / name).write_bytes(content)
    for name, (old, new) in runtime.patches.items():
        text = (site / name).read_text(encoding="utf-8")
        (site / name).write_text(text.replace(old, new), encoding="utf-8")
    shutil.copy(models / runtime.model, site)
    kind = ' type="module"' if runtime.is_module else " defer"
    (site / "run.js").write_text(runtime.script, encoding="utf-8")
    scripts = "".join(f'<script{kind} src="{name}"></script>' for name in (*runtime.scripts, "run.js"))
    (site / "index.html").write_text(PAGE.format(name=runtime.name, scripts=scripts), encoding="utf-8")
    return site


def files_of(package: str, wanted: dict[str, str]) -> dict[str, bytes]:
    """Files of a published package such as ``@scope/name@1.2.3``: from the path in it to the name here."""
    name, _, version = package.rpartition("@")
    archive = f"{npm_registry()}/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"
    answer = requests.get(archive, timeout=300)
    answer.raise_for_status()
    with tarfile.open(fileobj=BytesIO(answer.content)) as files:
        return {here: files.extractfile(f"package/{path}").read() for path, here in wanted.items()}


def measure(browser: Browser, runtime: Runtime, site: Path, pixels: np.ndarray, expected: np.ndarray) -> dict:
    policy = next((one for one in POLICIES if visit(browser, site, one)), None)
    if policy is None:
        raise SystemExit(f"{runtime.name} does not run under any of the policies that are tried")
    visits = [visit(browser, site, policy, pixels) for _ in range(VISITS)]
    answers, asked = visits[-1]["scores"], visits[-1]["asked"] - {"index.html", "run.js"}
    contents = [(site / name).read_bytes() for name in asked - {runtime.model}]
    return {
        "name": runtime.name,
        "version": runtime.version,
        "bytes": sum(map(len, contents)),
        "gzip_bytes": sum(len(gzip.compress(content, 6)) for content in contents),
        "model_bytes": (site / runtime.model).stat().st_size,
        "strict_policy": policy == STRICT,
        "opens_from_file": opens_from_file(browser, site),
        "load_ms": round(median(one["first"] for one in visits)),
        "call_ms": round(median(median(one["milliseconds"]) for one in visits), 2),
        "same_labels": int((answers.argmax(axis=1) == expected.argmax(axis=1)).sum()),
        "largest_difference": float(f"{np.abs(answers - expected).max():.1e}"),
    }


def visit(browser: Browser, site: Path, policy: str, pixels: np.ndarray | None = None) -> dict | None:
    """Open the page with an empty cache; None if it does not get to its first answer."""
    context = browser.new_context()
    page = context.new_page()
    with serving(site, policy) as (address, asked):
        page.goto(address)
        first = wait_for_first(page)
        found = None
        if first:
            found = page.evaluate(CALLS, b64encode(b"" if pixels is None else pixels.tobytes()).decode())
            found |= {"first": first, "asked": set(asked), "scores": np.array(found["scores"])}
        context.close()
    return found


def wait_for_first(page, longest_ms: int = READY_MS) -> float:
    """Milliseconds to the first answer, or 0 if there is none. The policy forbids Playwright's own waiting."""
    for _ in range(longest_ms // POLL_MS):
        first = page.evaluate(f"() => {FIRST}")
        if first:
            return max(first, 0)
        page.wait_for_timeout(POLL_MS)
    return 0


def opens_from_file(browser: Browser, site: Path) -> bool:
    """Whether there is an answer without any server, as from a memory stick."""
    page = browser.new_page()
    page.goto((site / "index.html").as_uri())
    first = wait_for_first(page, FROM_FILE_MS)
    page.close()
    return first > 0


@contextmanager
def serving(site: Path, policy: str) -> Iterator[tuple[str, list[str]]]:
    """Serve a folder with a content security policy; yields its address, and the names of the files asked for."""
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *arguments) -> None:
            super().__init__(*arguments, directory=str(site))

        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", policy)
            self.send_header("Cache-Control", "no-store")
            super().end_headers()

        def log_request(self, code: str | int = "-", size: str | int = "-") -> None:
            if int(code) == 200:
                asked.append(self.path.rpartition("/")[2] or "index.html")

        def log_message(self, *_: object) -> None:
            """What is missing, such as an icon, is of no interest."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.handle_error = lambda *_: None  # a visit that fails is broken off in the middle of a download
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", asked
        server.shutdown()


if __name__ == "__main__":
    main()
