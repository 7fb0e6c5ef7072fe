"""The same model on one process or on many machines: a million images in a batch, and requests to a cluster of Ray.

Begin with ``batch``, which scores the shards of ``job``; ``app`` is the application that Ray Serve runs, on a laptop or
on a cluster. ``app``, ``by_ray``, ``nodes`` and ``trial`` run in Ray's own environment; notebooks and tests import it.
"""
