"""One round of the loop by other people's engines, Kubeflow Pipelines and Metaflow, thin around ``pipeline.loop``.

Begin with ``kubeflow``; ``metaflow_round`` is the same by the other engine, and ``plan`` says what a round is made of.
The first two run in the engines' own environment; ``workbook.pipelines`` starts them, and nothing else imports them.
"""
