"""The manifests of docker/kubernetes/: built, checked, and run as far as a machine without a cluster can.

Begin with ``check``, which puts the others together; ``values``, ``containers`` and ``relations`` hold the rules, one
small function each. ``strict`` runs in an environment of its own (workbook/setup/layer.py). Commands, labs and tests
import it.
"""
