"""Leaves NumPy's floats in the summary, which JSON does not accept if they have 32 bits.

Rejected by: test_the_summary_is_plain
"""


class Evaluation:
    def summary(self):
        return {
            "accuracy": self.accuracy,
            "macro_precision": self.precision.mean().round(4),
            "macro_recall": self.recall.mean().round(4),
            "macro_f1": self.f1.mean().round(4),
        }
