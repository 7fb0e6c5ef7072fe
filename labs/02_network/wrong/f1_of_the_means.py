"""Works out F1 from the means, which is not the mean of F1.

Rejected by: test_the_summary_has_four_figures
"""


class Evaluation:
    def summary(self):
        precision, recall = float(self.precision.mean()), float(self.recall.mean())
        return {
            "accuracy": round(float(self.accuracy), 4),
            "macro_precision": round(precision, 4),
            "macro_recall": round(recall, 4),
            "macro_f1": round(2 * precision * recall / (precision + recall), 4),
        }
