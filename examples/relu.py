"""An expression in which one relu passes a number on and the other stops it.

`(b - 1).relu()` is 0 because b - 1 is negative, so b reaches y through the other relu only.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # autograd lies in the folder above

from autograd.scalar import Value


def expression() -> tuple[Value, dict[str, Value]]:
    """Return y and the two numbers that it is made of."""
    a, b = Value(1.5, label="a"), Value(-0.5, label="b")
    c = a * b + 2 * a**2
    d = (c - b / a).relu() + (b - 1).relu()
    y = d**0.5 - 3 / (1 + c)
    y.label = "y"
    return y, {"a": a, "b": b}


if __name__ == "__main__":
    y, inputs = expression()
    y.backward()
    print(f"y = {y.data:.4f}")
    for name, value in inputs.items():
        print(f"gradient of {name}: {value.grad:.4f}")
