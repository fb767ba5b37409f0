"""A network with four hidden neurons learns XOR, whose zeros and ones no straight line can separate."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # autograd lies in the folder above

from autograd.optim import SGD
from autograd.scalar import MLP, mse

INPUTS = [(0, 0), (0, 1), (1, 0), (1, 1)]
TARGETS = [0, 1, 1, 0]


def train(rounds: int = 100) -> tuple[MLP, list[float]]:
    """Return the trained network and the loss of every round, which is measured before the round's step."""
    model = MLP(2, [4, 1])
    optimizer = SGD(model.parameters(), lr=0.1, momentum=0.9)
    losses = []
    for _ in range(rounds):
        loss = mse([model(x) for x in INPUTS], TARGETS)
        losses.append(loss.data)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model, losses


if __name__ == "__main__":
    model, losses = train()
    for number in range(0, len(losses), 20):
        print(f"round {number:3}: loss {losses[number]:.4f}")
    for x, target in zip(INPUTS, TARGETS, strict=True):
        print(f"{x}: {model(x).data:.3f}, and {target} is right")
