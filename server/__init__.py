"""The reference inference servers and the client that speaks to them."""

import os

# TensorFlow reads these once, when it is imported: no GPU is looked for, and its start-up chatter,
# which would land in every notebook's output, stays away. Whoever sets them first is obeyed.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
