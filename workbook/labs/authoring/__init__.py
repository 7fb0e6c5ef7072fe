"""A lab as its author writes it: the manifest, and the starters and answers cut from the reference.

Begin with ``manifest``, then ``starter``. It imports no other room of the labs; all of them import it.
"""
