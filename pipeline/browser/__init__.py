"""The model and some test pictures as scripts, for pages that classify in the visitor's own browser.

Begin with ``graph``, which writes a Keras model in the format of TensorFlow.js. It imports ``pipeline.dataset`` and the
server's model cards; ``python -m pipeline.browser`` writes both scripts into ``docs/browser``, and tests import it.
"""
