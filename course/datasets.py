"""The course's data sets, the same on every machine: moons and names as lists, a text, MNIST as arrays."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.moons import moons as drawn

if TYPE_CHECKING:
    from course.digits import Digits

DATA = Path(__file__).parent.parent / "data"
NAMES, TEXT = DATA / "names.txt", DATA / "course.txt"


def moons(n: int = 100, noise: float = 0.1, seed: int = 0) -> tuple[list[list[float]], list[int]]:
    """Two interleaved half circles: `n` points `[x1, x2]` and their labels, 0 (upper moon) or 1 (lower moon).

    `noise` is the standard deviation of the Gaussian noise added to both coordinates; the same `seed` gives the same
    points. They are those of scikit-learn's `make_moons`, as lists, and need no package (see `course.moons`).
    """
    for name, value, least in (("n", n, 2), ("seed", seed, 0)):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ValueError(f"{name} must be a whole number of at least {least}, not {value!r}")
    if isinstance(noise, bool) or not isinstance(noise, int | float) or not 0 <= noise < math.inf:
        raise ValueError(f"noise must be a number of at least 0, not {noise!r}")
    if seed >= 2**32:
        raise ValueError(f"seed must be below 2**32, not {seed!r}")
    return drawn(n, noise, seed)


def mnist(n: int = 60_000, **options: Any) -> "Digits":
    """The first `n` training images of MNIST, their labels, and whether they are `real`: see `course.digits.mnist`."""
    from course.digits import mnist  # here, because it needs NumPy and moons() does not

    return mnist(n, **options)


def names() -> list[str]:
    """Given names of many languages in letters a to z, one language after another: a name of several comes as often.

    They are the lines of `data/names.txt`, in its order; 5,591 lines hold 5,121 different names of 2 to 12 letters.
    """
    return NAMES.read_text(encoding="ascii").split()


def course_text() -> str:
    """What the chapters 00 to 18 and their solutions said when chapter 19 was written: 231,059 characters, all ASCII.

    It is `data/course.txt`, which stays as it is when the chapters change.
    """
    return TEXT.read_text(encoding="ascii")
