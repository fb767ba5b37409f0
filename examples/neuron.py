"""A neuron with two inputs: their weighted sum goes through tanh. Its graph can be drawn, by `draw`.

The numbers are Andrej Karpathy's, from the lecture "The spelled-out intro to neural networks and backpropagation:
building micrograd" (2022). His bias makes the slope of tanh one half, so that the gradients are round numbers.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # autograd lies in the folder above

from autograd.scalar import Value


def expression() -> tuple[Value, dict[str, Value]]:
    """Return the output of the neuron and the five numbers that it is made of."""
    x1, x2 = Value(2.0, label="x1"), Value(0.0, label="x2")
    w1, w2 = Value(-3.0, label="w1"), Value(1.0, label="w2")
    b = Value(6.8813735870195432, label="b")
    output = (x1 * w1 + x2 * w2 + b).tanh()
    output.label = "output"
    return output, {"x1": x1, "x2": x2, "w1": w1, "w2": w2, "b": b}


def draw(folder: str | Path = ".") -> list[str]:
    """Write the graph before and after its backward pass, each as .dot and .svg; return the paths of the four files."""
    from autograd.draw import draw_dot

    output, _ = expression()
    written = []
    for moment in ("before", "after"):
        if moment == "after":
            output.backward()
        picture = draw_dot(output)
        written += [picture.render(Path(folder) / f"graph_{moment}", format=kind) for kind in ("dot", "svg")]
    return written


if __name__ == "__main__":
    output, inputs = expression()
    output.backward()
    print(f"output = {output.data:.4f}")
    for name, value in inputs.items():
        print(f"gradient of {name}: {value.grad:.4f}")
