"""The reference inference server: models of a repository on disk, asked over HTTP with JSON or image files.

A student compares with these few modules; begin with ``api`` and ``routes``. What production adds, the clients, and the
stand-in for TensorFlow Serving have their own rooms. Nothing here imports ``pipeline`` or ``workbook``.
"""

import os

# TensorFlow reads these once, when it is imported: it does not look for a GPU, and its start-up chatter, which would be
# in every notebook's output, stays away. If they are already set, they stay.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
