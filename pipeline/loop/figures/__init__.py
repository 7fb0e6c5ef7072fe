"""The loop's figures: what each strategy of retraining costs, what becomes of own answers, which step stops what.

Begin with ``__main__``, which prints them: ``python -m pipeline.loop.figures``. ``world`` makes the loop that they are
measured on. Imports ``pipeline.loop``; notebooks import it.
"""
