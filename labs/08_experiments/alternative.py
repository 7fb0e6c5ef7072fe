"""Another correct answer, written in another way throughout. What the reference does not import, a function does."""


def share_point(salt: str, key: str) -> float:
    import hashlib
    import struct

    hashed = hashlib.new("sha256")
    hashed.update(salt.encode())
    hashed.update(b":" + key.encode())
    (number,) = struct.unpack(">Q", hashed.digest()[:8])
    return min(number / 2**64, 1 - 2**-53)


def version_at(point, shares):
    import bisect

    import numpy as np

    with_share = [(version, share) for version, share in shares if share > 0]
    ends = np.cumsum([share for _, share in with_share]).tolist()
    ends[-1] = 1.0
    return with_share[bisect.bisect_right(ends, point)][0]


def sample_size(base, better, power=0.8, alpha=0.05):
    from statistics import NormalDist

    if base == better or min(base, better) <= 0 or max(base, better) >= 1:
        raise ValueError("two accuracies that differ, please")
    if alpha <= 0 or power >= 1 or alpha >= power:
        raise ValueError("alpha above 0, power below 1, and more power than alpha")
    z_alpha, z_power = NormalDist().inv_cdf(1 - alpha / 2), NormalDist().inv_cdf(power)
    m = (base + better) / 2
    alike = (2 * m * (1 - m)) ** 0.5
    apart = (base * (1 - base) + better * (1 - better)) ** 0.5
    exact = (z_alpha * alike + z_power * apart) ** 2 / (base - better) ** 2
    return int(-(-exact // 1))


def evidence(wins, losses, caution=10.0):
    import numpy as np
    from scipy.special import gammaln

    w, n = np.asarray(wins, dtype=float), np.add(wins, losses, dtype=float)
    after = gammaln(caution + w) + gammaln(caution + n - w) - gammaln(2 * caution + n)
    before = 2 * gammaln(caution) - gammaln(2 * caution)
    return n * np.log(2) + after - before


def first_alarm(right_a, right_b, alpha=0.05):
    import math

    money, of_a, of_b = 1.0, 10.0, 10.0
    for number, (a, b) in enumerate(zip(map(bool, right_a), map(bool, right_b), strict=True), start=1):
        if a != b:
            money *= 2 * (of_b if b else of_a) / (of_a + of_b)
            of_a, of_b = of_a + a, of_b + b
            if math.log(money) >= -math.log(alpha):
                return number
    return None
