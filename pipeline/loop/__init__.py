"""The loop's steps as plain functions: batches, validation, training, comparison, the gate, the registry, release.

Begin with ``steps``, which puts the others in order; ``registry`` says which version is the champion and where it comes
from. Imports the rest of ``pipeline`` and the server; the engines, ``workbook`` and notebooks import it.
"""
