"""A round of the loop from the command line: by plain functions, by Kubeflow Pipelines or by Metaflow.

Begin with ``commands``; ``engines`` starts an engine in its own environment, and ends whatever it has started. Only
``workbook.cli`` and tests import it; it imports ``setup``, and the sandbox's supervisor.
"""
