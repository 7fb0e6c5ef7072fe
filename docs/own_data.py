"""Train a network on your own pictures, measure it, and release it into ``work/models``.

In PICTURES, each class is a folder with its pictures, PNG or JPEG. See docs/own_data.md.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import numpy as np
from scipy.stats import binomtest
from sklearn.model_selection import train_test_split

import workbook

workbook.start()  # imports TensorFlow without its log
import keras

from pipeline.evaluate import evaluate
from pipeline.export import export_keras, framework
from pipeline.lenet import build_lenet
from server.model_card import InputSpec, ModelCard
from server.pictures import read_pixels
from server.preprocessing import BadInput, to_model_input

if len(sys.argv) != 2:
    sys.exit("expected one folder, as in: python docs/own_data.py work/my_pictures")
PICTURES = Path(sys.argv[1])
MODELS = Path("work/models")
SEED, EPOCHS = 42, 30

# 1. Read, with the function that the server and its client use as well.
files = sorted(path for path in PICTURES.glob("*/*") if path.suffix.lower() in (".png", ".jpg", ".jpeg"))
pictures_of = Counter(path.parent.name for path in files)
classes = tuple(sorted(pictures_of))
if len(classes) < 2 or min(pictures_of.values()) < 8:
    sys.exit(f"{PICTURES} needs at least two folders, named after their classes, with 8 PNG or JPEG files or more each")
pixels = []
for path in files:
    try:
        pixels.append(read_pixels(path))
    except BadInput as error:
        sys.exit(f"{path}: {error}; take it out, or save it again")
pixels = np.stack(pixels)
labels = np.array([classes.index(path.parent.name) for path in files])

# 2. Put a quarter aside, with a share of each class. Nothing below learns from it.
train_x, test_x, train_y, test_y = train_test_split(pixels, labels, test_size=0.25, random_state=SEED, stratify=labels)
print(f"{len(train_x)} pictures to learn from, {len(test_x)} to measure with: {', '.join(classes)}")

# 3. Train.
keras.utils.set_random_seed(SEED)
network = build_lenet(len(classes))
network.fit(to_model_input(train_x), train_y, epochs=EPOCHS, batch_size=16, verbose=0)

# 4. Measure, say how sure the number is, and set it beside the simplest rule: always answer the largest class.
measured = evaluate(network.predict(to_model_input(test_x), verbose=0), test_y)
always = np.bincount(test_y).max() / len(test_y)
low, high = binomtest(round(measured.accuracy * len(test_y)), len(test_y)).proportion_ci(method="wilson")
print(f"test accuracy {measured.accuracy:.2f}, 95 % interval {low:.2f} to {high:.2f}; largest class {always:.2f}")
for name, recall in zip(classes, measured.recall, strict=True):
    print(f"  of class {name}, found: {recall:.2f}")

# 5. Release it as the next version, with a card that says what it is.
released = [int(path.name) for path in (MODELS / "mine").glob("[0-9]*")]
card = ModelCard(
    name="mine",
    version=max(released, default=0) + 1,
    description=f"Tell apart {', '.join(classes)}",
    number_of_parameters=network.count_params(),
    input=InputSpec((28, 28), 0, 255),
    classes=classes,
    framework=framework("keras"),
    dataset={"name": PICTURES.name, "training_images": len(train_x), "test_images": len(test_x)},
    metrics=measured.summary(),
    training={"seed": SEED, "epochs": EPOCHS},
    files={},
)
print(f"released: {export_keras(network, card, MODELS).as_posix()}")
