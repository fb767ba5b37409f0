"""The training steps in PyTorch's API: the same text for PyTorch and for `autograd.tensor`."""

from collections.abc import Callable
from typing import Any

from tensor_workloads.workloads import BLOCKS, CONTEXT, HEADS, LEARNING_RATE, LINKS, VOCABULARY, WIDTH, Arrays, Workload

Step = Callable[[], Any]


def build(torch: Any, workload: Workload, arrays: Arrays, x: Any, y: Any) -> Step:
    """Return a function that does one training step and returns its loss; `torch` is the module of either engine."""
    if workload.kind == "chain":
        return chain(torch, *arrays)
    if workload.kind == "broadcast":
        return broadcast(torch, x, *arrays)
    model = MODELS[workload.kind](torch, workload)
    with torch.no_grad():
        for parameter, array in zip(model.parameters(), arrays, strict=True):
            parameter.copy_(torch.tensor(array))
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)
    criterion = torch.nn.CrossEntropyLoss()
    x, y = torch.tensor(x), torch.tensor(y.reshape(-1))

    def step() -> Any:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return step


def chain(torch: Any, start: Any) -> Step:
    w = torch.tensor(start, requires_grad=True)

    def step() -> Any:
        w.grad = None
        h = w
        for _ in range(LINKS):
            h = (h * w).tanh()
        h.backward()
        return w.grad

    return step


def broadcast(torch: Any, x: Any, w: Any, b: Any) -> Step:
    x, w, b = torch.tensor(x), torch.tensor(w, requires_grad=True), torch.tensor(b, requires_grad=True)
    optimizer = torch.optim.SGD([w, b], lr=LEARNING_RATE / len(x))

    def step() -> Any:
        optimizer.zero_grad()
        loss = torch.sum(torch.tanh(x * w + b))
        loss.backward()
        optimizer.step()
        return loss

    return step


def mlp(torch: Any, workload: Workload) -> Any:
    nn, layers = torch.nn, []
    for fan_in, fan_out in zip(workload.sizes, workload.sizes[1:], strict=False):
        layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def cnn(torch: Any, workload: Workload) -> Any:
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * (workload.sizes[0] // 4) ** 2, 10),
    )  # fmt: skip


def transformer(torch: Any, workload: Workload) -> Any:
    nn = torch.nn

    class Attention(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
            self.out = nn.Linear(WIDTH, WIDTH)

        def forward(self, x: Any) -> Any:
            n, t, d = x.shape
            q, k, v = (z.view(n, t, HEADS, d // HEADS).transpose(1, 2) for z in self.qkv(x).split(d, dim=2))
            y = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            return self.out(y.transpose(1, 2).reshape(n, t, d))

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm1, self.attention, self.norm2 = nn.LayerNorm(WIDTH), Attention(), nn.LayerNorm(WIDTH)
            self.network = nn.Sequential(
                nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(approximate="tanh"), nn.Linear(4 * WIDTH, WIDTH)
            )
            # in the order of the weights: norm1, qkv, out, norm2, network

        def forward(self, x: Any) -> Any:
            x = x + self.attention(self.norm1(x))
            return x + self.network(self.norm2(x))

    class Transformer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.tokens, self.positions = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(CONTEXT, WIDTH)
            self.blocks = nn.Sequential(*(Block() for _ in range(BLOCKS)))
            self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, VOCABULARY, bias=False)

        def forward(self, x: Any) -> Any:
            x = self.tokens(x) + self.positions(torch.arange(x.shape[1]))
            return self.head(self.norm(self.blocks(x))).view(-1, VOCABULARY)

    return Transformer()


MODELS = {"mlp": mlp, "cnn": cnn, "transformer": transformer}
