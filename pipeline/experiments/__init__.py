"""Experiments with two versions of a model: how much traffic, who gets which version, and what the answers prove.

Begin with ``planning``, then ``verdicts`` and ``sequential``; ``python -m pipeline.experiments`` tries all of it on the
pinned models. It imports the server, for the hash that assigns users; notebooks, labs and ``workbook`` import it.
"""
