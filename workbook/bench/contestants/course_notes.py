"""The course notes' way: Flask's development server, and ``model.predict`` for each request.

Two things differ from the notes: the pixels are scaled, as in training, so that the answer is right; and ``debug`` is
off, which saves this server a second TensorFlow.
"""

import os

import numpy as np
import tensorflow as tf
from flask import Flask, request

app = Flask(__name__)
model = tf.keras.models.load_model(f"{os.environ['MODELS']}/clothes/1/assets.extra/clothes.keras", compile=False)


@app.get("/healthz")
def alive():
    return {"status": "ok"}


def preprocess_input(image: list) -> np.ndarray:
    return np.array(image).reshape(1, 28, 28, 1) / 255


@app.post("/models/clothes/v1")
def classify_clothes_image():
    image = request.json.get("image")
    if not image:
        return {"error": "The `image` field is required"}, 404
    return {"result": model.predict(preprocess_input(image)).tolist()}


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ["PORT"]))
