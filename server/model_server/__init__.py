"""A stand-in for TensorFlow Serving, for teaching and for tests.

It answers what ``tensorflow_model_server`` answers, over REST and gRPC, down to status codes, error texts and number
formats, and takes the same flags. It runs where the official image does not: without Docker, on Apple silicon,
without a network. For production, take the official image: what the stand-in does not do is in docs/model_server.md.

Start it with ``workbook model-server`` or ``python -m server.model_server``. All other modules import TensorFlow when
they are imported, as there is nothing in them that can do without.
"""
