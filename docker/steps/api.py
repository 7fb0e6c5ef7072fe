"""The server of the first three steps: Flask's own server, all of TensorFlow, ``predict`` for each request."""

import keras
import numpy as np
from flask import Flask, request

app = Flask(__name__)
model = keras.models.load_model("server/models/clothes/1/assets.extra/clothes.keras", compile=False)


@app.post("/models/clothes/v1")
def classify():
    pixels = np.array(request.get_json()["image"]).reshape(1, 28, 28, 1) / 255
    return {"result": model.predict(pixels, verbose=0).tolist()}


app.run(host="0.0.0.0", port=8000)
