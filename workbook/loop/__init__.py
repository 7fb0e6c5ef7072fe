"""The loop at work: a service, its customers, drift, and what is done about it; and one prediction traced back.

Begin with ``story``, which ``workbook loop`` plays, and with ``why`` for a prediction. The command, notebooks, tests
and ``workbook.season`` import it; it imports ``pipeline.loop``, whose plain functions it calls, and
``workbook.servers``.
"""
