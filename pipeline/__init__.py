"""From data to a model in the repository: data set, network, training, evaluation, export. Plain functions.

Begin with ``__main__``, which makes the pinned models by calling all of it. It imports the server, for its
preprocessing and for the layout of models on disk; notebooks, labs and ``workbook`` import it.
"""
