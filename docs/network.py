# /// script
# requires-python = ">=3.11,<3.14"
# dependencies = [
#     "torch==2.13.*",
#     "onnxscript==0.7.*",  # PyTorch's export to ONNX is written with it
#     "onnxruntime",
#     "numpy",
#     "requests",  # downloads the pictures, if they are not there
#     "flask",  # from here on: what the reference server needs
#     "granian",
#     "limits",
#     "orjson",
#     "pillow",
#     "prometheus-client",
# ]
#
# # The plain package brings a graphics card's libraries along on Linux, gigabytes of them.
# [[tool.uv.index]]
# name = "pytorch-cpu"
# url = "https://download.pytorch.org/whl/cpu"
# explicit = true
#
# [tool.uv.sources]
# torch = { index = "pytorch-cpu", marker = "sys_platform == 'linux'" }
# ///
"""Train a small network with PyTorch on Fashion-MNIST, and release it into ``work/models`` as an ONNX file.

The course's environment has no PyTorch; uv makes one for this script: ``uv run docs/network.py``. See
docs/model_repository.md.
"""

from __future__ import annotations

import json
import logging
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the course, which this environment does not have

from pipeline.dataset import ensure, read_test_set, read_training_set
from pipeline.export import framework, write_version
from server.model_card import CARD_FILE, EXTRA_FOLDER, PINNED_MODELS, ModelCard
from server.preprocessing import to_model_input
from server.production.app import production_app

MODELS = Path("work/models")
EPOCHS, BATCH, SEED = 3, 128, 42
AT_ONCE = 1000  # pictures in one request
CLOSE = 1e-4  # scores of two programs that add in another order
logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it misses torchvision, which nobody needs here
warnings.filterwarnings("ignore", category=FutureWarning, message=".*LeafSpec")  # PyTorch's own affair


def tensor(pixels: np.ndarray) -> torch.Tensor:
    """Scaled as for every model of the course, float32 (n, 1, 28, 28): PyTorch has the channel before the rows."""
    return torch.from_numpy(to_model_input(pixels)).permute(0, 3, 1, 2).contiguous()


# 1. Train LeNet-5 once more, and measure it.
ensure(print)
torch.manual_seed(SEED)
network = nn.Sequential(
    *(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
    *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
    *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
)
train_x, train_y = read_training_set()
pictures, labels = tensor(train_x), torch.from_numpy(train_y.astype(np.int64))
optimizer = torch.optim.Adam(network.parameters())
for epoch in range(EPOCHS):
    for part in torch.randperm(len(pictures)).split(BATCH):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(network(pictures[part]), labels[part])
        loss.backward()
        optimizer.step()
    print(f"epoch {epoch + 1} of {EPOCHS}: loss {loss.item():.3f}")
classifier = nn.Sequential(network, nn.Softmax(dim=1)).eval()  # answers scores, each row adding up to one
test_x, test_y = read_test_set()
with torch.inference_mode():
    expected = classifier(tensor(test_x)).numpy()
accuracy = float((expected.argmax(axis=1) == test_y).mean())
print(f"test accuracy {accuracy:.3f}")

# 2. Write the file, with the card of the clothes as a pattern.
pattern = ModelCard.read(PINNED_MODELS / "clothes" / "1" / EXTRA_FOLDER / CARD_FILE)
card = replace(
    pattern,
    name="network",
    description="Classify images containing articles of clothing, by a network of PyTorch",
    number_of_parameters=sum(weights.numel() for weights in network.parameters()),
    framework=framework("torch"),
    dataset={**pattern.dataset, "training_images": len(train_x)},
    metrics={"accuracy": accuracy},
    training={"seed": SEED, "epochs": EPOCHS, "batch_size": BATCH},
)


def save(folder: Path) -> None:
    torch.onnx.export(
        classifier,
        (tensor(test_x[:2]),),
        folder / EXTRA_FOLDER / "network.onnx",
        input_names=["image"],
        output_names=["scores"],
        dynamic_shapes=({0: torch.export.Dim.DYNAMIC},),  # any number of pictures; otherwise always two
        external_data=False,  # otherwise the weights are in a second file, and the server refuses that
        verbose=False,
    )


version = write_version(MODELS, card, save)

# 3. Does the reference server answer what PyTorch answers?
server = production_app(MODELS).test_client()
scores = []
for start in range(0, len(test_x), AT_ONCE):
    body = {"images": test_x[start : start + AT_ONCE].tolist()}
    answer = server.post(f"/models/network/v{version.name}", json=body)
    scores += json.loads(answer.data)["result"]
same = int((np.argmax(scores, axis=1) == expected.argmax(axis=1)).sum())
far = np.abs(np.array(scores) - expected).max()
print(f"the server and PyTorch agree on {same:,} of {len(test_x):,} test images; scores are at most {far:.1e} apart")
print(f"released: {version}")
sys.exit(int(far > CLOSE))
