"""The REST interface: TensorFlow Serving's routes, and its JSON down to the last digit of a number.

Begin with ``routes``. It imports ``requests`` and the rooms below that; only ``server`` imports it.
"""
