"""The two moons without scikit-learn: the same points, from the same random numbers, in plain Python.

Chapters of Part I need nothing else of scikit-learn, whose import takes a second, or 20 MB in a browser.
"""

import math
import random
from collections.abc import Iterator


def moons(n: int, noise: float, seed: int) -> tuple[list[list[float]], list[int]]:
    """Return the points and labels of scikit-learn's `make_moons(n, noise=noise, random_state=seed)`.

    It draws a number for each exchange of the shuffle, then the noise of each point. Cosines may differ in the last
    digit from NumPy's.
    """
    upper, rng = n // 2, legacy(seed)
    lower = n - upper
    points = [[math.cos(t), math.sin(t)] for t in spaced(upper)]
    points += [[1 - math.cos(t), 1 - math.sin(t) - 0.5] for t in spaced(lower)]
    order = list(range(n))
    for i in range(n - 1, 0, -1):
        j = below(i, rng)
        order[i], order[j] = order[j], order[i]
    points = [points[i] for i in order]
    if noise:
        normal = normals(rng)
        points = [[x + noise * next(normal), y + noise * next(normal)] for x, y in points]
    return points, [int(i >= upper) for i in order]


def spaced(count: int) -> list[float]:
    """Return `count` angles from 0 to π in equal steps."""
    if count < 2:
        return [0.0] * count
    step = math.pi / (count - 1)
    return [*(i * step for i in range(count - 1)), math.pi]


def legacy(seed: int) -> random.Random:
    """Return Python's generator in the state that NumPy's `RandomState(seed)` begins with.

    Both are the Mersenne Twister; they differ in how a seed fills its 624 numbers. Source: Matsumoto & Nishimura,
    "Mersenne Twister", 1998, with the initialization of 2002.
    """
    words = [seed & 0xFFFFFFFF]
    for i in range(1, 624):
        words.append((1812433253 * (words[-1] ^ (words[-1] >> 30)) + i) & 0xFFFFFFFF)
    rng = random.Random()
    rng.setstate((3, (*words, 624), None))
    return rng


def below(most: int, rng: random.Random) -> int:
    """Return a whole number from 0 to `most`, each as often: bits are drawn until they give one."""
    bits = most.bit_length()
    while (drawn := rng.getrandbits(32) & ((1 << bits) - 1)) > most:
        pass
    return drawn


def normals(rng: random.Random) -> Iterator[float]:
    """Yield numbers of mean 0 and standard deviation 1. Source: Marsaglia & Bray, the polar method, 1964."""
    while True:
        a, b = 2 * rng.random() - 1, 2 * rng.random() - 1
        square = a * a + b * b
        if 0 < square < 1:
            scale = math.sqrt(-2 * math.log(square) / square)
            yield scale * b
            yield scale * a
