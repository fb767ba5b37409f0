"""A network of 41 parameters learns the signs of four points, by gradient descent written out in full.

The points and the network are those of Andrej Karpathy's lecture "The spelled-out intro to neural networks and
backpropagation: building micrograd" (2022); the last layer is linear here, and the weights start elsewhere.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # autograd lies in the folder above

from autograd.scalar import MLP

INPUTS = [(2.0, 3.0, -1.0), (3.0, -1.0, 0.5), (0.5, 1.0, 1.0), (1.0, 1.0, -1.0)]
TARGETS = [1.0, -1.0, -1.0, 1.0]


def train(rounds: int = 20) -> tuple[MLP, list[float]]:
    """Return the trained network and the loss of every round, which is measured before the round's step."""
    model = MLP(3, [4, 4, 1])
    losses = []
    for _ in range(rounds):
        loss = sum((model(x) - target) ** 2 for x, target in zip(INPUTS, TARGETS, strict=True))
        losses.append(loss.data)
        model.zero_grad()
        loss.backward()
        for parameter in model.parameters():
            parameter.data -= 0.02 * parameter.grad
    return model, losses


if __name__ == "__main__":
    model, losses = train()
    for number in range(0, len(losses), 4):
        print(f"round {number:3}: loss {losses[number]:.4f}")
    for x, target in zip(INPUTS, TARGETS, strict=True):
        print(f"{x}: {model(x).data:.3f}, and {target:g} is right")
