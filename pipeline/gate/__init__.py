"""The gate before the clothes: a small network that says whether a picture shows clothing at all.

Begin with ``network``, which trains, measures and exports it; ``outsiders`` draws what is no clothing. ``pipeline``'s
``__main__`` and tests import it.
"""
