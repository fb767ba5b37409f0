"""From a = -4 and b = 2 to g: both are used several times, and gradients add up over all paths.

The idea, a chain of arithmetic from a = -4 and b = 2 that ends in g and both derivatives, is that of the example in the
README of micrograd, by Andrej Karpathy (2020); the steps in between are others.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # autograd lies in the folder above

from autograd.scalar import Value


def expression() -> tuple[Value, dict[str, Value]]:
    """Return g and the two numbers that it is made of."""
    a, b = Value(-4.0, label="a"), Value(2.0, label="b")
    c = a + b
    d = a * b + b**3
    e = c - d
    f = e**2
    g = f / 2
    g += 10 / f
    g.label = "g"
    return g, {"a": a, "b": b}


if __name__ == "__main__":
    g, inputs = expression()
    g.backward()
    print(f"g = {g.data:.4f}")
    for name, value in inputs.items():
        print(f"gradient of {name}: {value.grad:.4f}")
