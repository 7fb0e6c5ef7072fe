"""A model made small enough to be sent to a phone or a browser, and what that costs.

Begin with ``convert``, which makes LiteRT files of several kinds, and ``lite_model``, which runs them; ``device``
measures them as on a small machine. ``integers``, ``network`` and ``budget`` do the same in NumPy, layer by layer, down
to four bits; ``page`` is what a web page does before its model. Notebooks, labs and tests import it.
"""
