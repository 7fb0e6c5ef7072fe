"""Which versions should exist, which do exist, and the threads that make the two the same.

Begin with ``manager`` and ``version``. It imports ``configuration`` and ``execution``; ``requests`` and the two
interfaces ask it for a version to use.
"""
