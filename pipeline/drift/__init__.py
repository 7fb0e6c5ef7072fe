"""How the pictures of a service change, and which statistics see it: camera troubles, detectors, a study of both.

Begin with ``detectors``; ``troubles`` makes the changed pictures, ``evidence`` what is seen of pictures, ``study`` the
table that ``python -m pipeline.drift`` prints. Imports the server; notebooks, labs and tests import it.
"""
