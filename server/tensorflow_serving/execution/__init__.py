"""A SavedModel that answers: tensors in, tensors out, one request at a time or several in a batch.

Begin with ``servable``. It imports ``configuration``; the rooms of lifecycle and requests are built on it.
"""
