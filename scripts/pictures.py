"""Makes the two pictures in the README: python scripts/pictures.py"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from autograd.draw import draw_dot  # noqa: E402
from autograd.scalar import MLP, Value  # noqa: E402
from course import datasets, figures  # noqa: E402


def graph() -> None:
    """Draw a neuron with two inputs after its backward pass."""
    x1, x2 = Value(2.0, label="x1"), Value(0.0, label="x2")
    w1, w2, b = Value(-3.0, label="w1"), Value(1.0, label="w2"), Value(6.8813735870195432, label="b")
    y = (x1 * w1 + x2 * w2 + b).tanh()
    y.label = "y"
    y.backward()
    draw_dot(y).render(ROOT / "docs" / "graph.svg")


def moons() -> None:
    """Draw the decision boundary that a small network of Values has learnt."""
    points, labels = datasets.moons(100, noise=0.1, seed=0)
    model = MLP(2, [6, 6, 1])
    model.fit(points, labels, loss="binary_cross_entropy", optimizer="sgd", lr=1.0, epochs=150, progress=False)
    ax = figures.decision_boundary(model, points, labels, title="Two moons, told apart by 67 numbers", resolution=80)
    ax.figure.savefig(ROOT / "docs" / "moons.png", dpi=110)


if __name__ == "__main__":
    graph()
    moons()
