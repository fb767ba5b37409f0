"""Tries an engine of arrays with the reader's parts: values, gradients, and where nodes are made."""

from types import ModuleType
from typing import Any

LONG = 1200  # operations in a chain: more than the calls that Python lets stand inside one another


def results(engine: ModuleType, chapter: int) -> dict[str, list[float]]:
    """Everything that an engine of arrays can do, as lists of numbers."""
    import numpy as np

    Tensor, numbers = engine.Tensor, np.linspace(0.3, 1.7, 12)
    x, w, b = Tensor(numbers.reshape(4, 3)), Tensor(numbers[:3], True), Tensor(numbers[3:7].reshape(4, 1), True)
    h = (x * w - b / 3).tanh() + (2 - w) * (b + 1).log() + (-x * w).exp() - (x - b).relu() / w + w**3
    loss = (h * h).mean() + 0.1 * (w - 1).sum()
    found = {"an expression of arrays": [loss.item(), *h.data.ravel()]}
    for _ in range(2):
        loss.backward()
    found["gradients after two passes"] = [*w.grad.ravel(), *b.grad.ravel()]
    with engine.no_grad():
        found["nodes under no_grad"] = [float((w * b).node is not None)]
    found["nodes of constants"] = [float((x * 2).node is not None)]
    found["a long chain"] = [long_chain(engine, w)]
    found["unbroadcast"] = [*engine.unbroadcast(numbers.reshape(2, 3, 2), (3, 1)).ravel()]
    later = {11: products_and_shapes, 12: shares, 13: modules, 14: optimizers}
    later |= {16: normalization, 17: pictures, 18: language, 19: texts}
    for since, more in later.items():
        found |= more(engine) if chapter >= since else {}
    return found


def products_and_shapes(engine: ModuleType) -> dict[str, list[float]]:
    """A small network with a mean over its points, and the gradients of what chapter 11 brings."""
    import numpy as np

    Tensor, numbers = engine.Tensor, np.linspace(-1.1, 1.3, 24)
    x, w = Tensor(numbers[:12].reshape(4, 3), True), Tensor(np.cos(numbers[:6]).reshape(2, 3), True)
    scores = x @ w.T
    logs = (scores - scores.max(axis=1, keepdims=True)).exp().sum(axis=-1).log()
    loss = (logs - scores[np.arange(4), np.array([0, 1, 1, 0])]).mean()
    loss.backward()
    found = {"a loss of scores": [loss.item()], "its gradients": [*x.grad.ravel(), *w.grad.ravel()]}
    y = Tensor(numbers.reshape(2, 3, 4), True)
    turned = (np.ones((5, 1, 2, 4)) @ y.transpose(1, 2, 0)).mean(axis=(0, 2)).reshape(2, -1)
    (turned[:, [0, 2, 0]] ** 2 + y[1].max() + y[0].sum(axis=0, keepdims=True).max()).sum().backward()
    return found | {"gradients of shapes": [*y.grad.ravel()]}


def shares(engine: ModuleType) -> dict[str, list[float]]:
    """Softmax and cross-entropy, for scores of any size."""
    import numpy as np

    Tensor, numbers = engine.Tensor, np.linspace(-1.5, 2.0, 12).reshape(4, 3)
    scores = Tensor(numbers, True)
    (engine.softmax(scores, axis=0) * numbers + engine.log_softmax(scores * 2) * numbers**2).sum().backward()
    found = {"gradients of softmax": [*scores.grad.ravel()]}
    scores.grad, labels = None, np.array([2, 0, 1, 1])
    (engine.cross_entropy(scores, labels) + engine.cross_entropy(scores * 1000, labels)).backward()
    found["gradients of cross-entropy"] = [*scores.grad.ravel()]
    return found | {"log_sum_exp": [*engine.log_sum_exp(numbers * 500, 1).ravel()]}


def network_of(engine: ModuleType) -> Any:
    """A network in which modules stand in a list and in a module inside, with the course's weights."""
    import numpy as np

    inner = engine.Sequential(engine.Linear(4, 3), engine.Tensor.relu)
    network = engine.Sequential(engine.Linear(2, 4), engine.Tensor.tanh, inner, engine.Linear(3, 2))
    state = network.state_dict()
    network.load_state_dict({name: np.cos(np.arange(x.size)).reshape(x.shape) for name, x in sorted(state.items())})
    return network


def by_name(network: Any) -> list[Any]:
    """The parameters in the order of their names, since members may be found in any order."""
    return [p for _, p in sorted(network.named_parameters().items())]


def modules(engine: ModuleType) -> dict[str, list[float]]:
    """What a network of modules finds in itself, and batches."""
    import numpy as np

    network, points = network_of(engine), np.linspace(-1, 1, 10).reshape(5, 2)
    data = engine.Dataset(points, np.array([0, 1, 1, 0, 1]))
    found = {"numbers of parameters": [float(p.data.size) for p in by_name(network)]}
    for batch, labels in engine.DataLoader(data, 2):
        engine.cross_entropy(network(engine.Tensor(batch)), labels).backward()
    found["gradients of modules"] = [number for p in by_name(network) for number in p.grad.ravel()]
    shuffled = engine.DataLoader(data, 3, np.random.default_rng(0))
    found["lengths of batches"] = [float(len(labels)) for _, labels in shuffled] + [float(len(shuffled))]
    return found | {"what was shuffled": sorted(number for batch, _ in shuffled for number in batch[:, 0])}


def optimizers(engine: ModuleType) -> dict[str, list[float]]:
    """Where three steps of each optimizer lead, and a schedule."""
    found = {}
    for name, settings in (("SGD", {"momentum": 0.9}), ("Adam", {"lr": 0.1}), ("AdamW", {"weight_decay": 0.2})):
        network = network_of(engine)
        optimizer = getattr(engine, name)(network.parameters(), **({"lr": 0.05} | settings))
        for _ in range(3):
            optimizer.zero_grad()
            (network(engine.Tensor([[1.0, -2.0], [0.5, 0.5]])) ** 2).sum().backward()
            optimizer.step()
        found[f"weights after {name}"] = [number for p in by_name(network) for number in p.data.ravel()]
    return found | {"a schedule": [engine.warmup_cosine(step, 10, 3) for step in range(10)]}


def normalization(engine: ModuleType) -> dict[str, list[float]]:
    """A start, and what the layers of chapter 16 give, keep and send back, in training and outside."""
    import numpy as np

    numbers = np.sin(np.arange(12.0)).reshape(4, 3)
    found = {f"a start for {b!r}": [*engine.kaiming(3, 2, np.random.default_rng(0), b).ravel()] for b in ("", "relu")}
    for name, settings in (("BatchNorm", {"momentum": 0.2}), ("LayerNorm", {})):
        layer, x = getattr(engine, name)(3, **settings), engine.Tensor(numbers, True)
        for _ in range(2):
            (layer(x) * numbers**2).sum().backward()
        gradients = [number for tensor in (x, layer.weight, layer.bias) for number in tensor.grad.ravel()]
        state = [number for _, array in sorted(layer.state_dict().items()) for number in array]
        found[f"{name}: gradients and state"] = gradients + state
        found[f"{name} outside of training"] = [*layer.eval()(x).data.ravel()]
    layer, x = engine.Dropout(0.4, np.random.default_rng(1)), engine.Tensor(numbers, True)
    layer(x).sum().backward()
    return found | {"Dropout": [*x.grad.ravel(), *layer.eval()(x).data.ravel()]}


def pictures(engine: ModuleType) -> dict[str, list[float]]:
    """The windows of images, and the gradients of a small network with convolutions and pools."""
    import numpy as np

    images = np.sin(np.arange(2 * 2 * 6 * 7.0)).reshape(2, 2, 6, 7)
    found = {"patches": [*engine.patches(images[:, :, :3], 2).ravel()]}
    network = engine.Sequential(engine.Conv2d(2, 3, 2), engine.Tensor.tanh, engine.Conv2d(3, 2, 3))
    state = network.state_dict()
    network.load_state_dict({name: np.cos(np.arange(x.size)).reshape(x.shape) for name, x in sorted(state.items())})
    x = engine.Tensor(images, True)
    y = engine.max_pool(network(x), 2)
    (y * y).sum().backward()
    gradients = [*x.grad.ravel(), *(number for p in by_name(network) for number in p.grad.ravel())]
    return found | {"values of a pool": [*y.data.ravel()], "gradients of pictures": gradients}


def language(engine: ModuleType) -> dict[str, list[float]]:
    """Questions of words, what is drawn, and the gradient of a table whose rows come more than once."""
    import numpy as np

    rng, shares = np.random.default_rng(0), np.array([0.2, 0.0, 0.5, 0.3])
    found = {"drawn numbers": [float(engine.sample(shares, rng)) for _ in range(20)]}
    found["pairs of letters"] = [*engine.bigram_counts(["anna", "jo"]).ravel()]
    questions, answers = engine.contexts(["anna", "jo"], 3)
    found["questions of words"] = [*map(float, questions.ravel()), *map(float, answers)]
    table = engine.Embedding(27, 2, np.random.default_rng(1))
    (table(questions) * np.arange(48.0).reshape(8, 3, 2)).sum().backward()
    return found | {"a table's gradient": [*table.weight.grad.ravel()], "a table": [*table.weight.data.ravel()]}


def texts(engine: ModuleType) -> dict[str, list[float]]:
    """Attention and its gradients, the weights of a block, and a small GPT with a cache and without."""
    import numpy as np

    q, k, v = (
        engine.Tensor(np.cos(np.arange(2.0 * n * d) + d).reshape(2, n, d), True) for n, d in ((2, 3), (4, 3), (4, 5))
    )
    mixed, weights = engine.attention(q, k, v)
    (mixed * mixed).sum().backward()
    found = {"attention": [*mixed.data.ravel(), *weights.data.ravel()]}
    found["gradients of attention"] = [number for x in (q, k, v) for number in x.grad.ravel()]
    x = engine.Tensor(np.sin(np.arange(24.0)).reshape(2, 3, 4), True)
    (engine.split_heads(x, 2) * np.arange(24.0).reshape(2, 2, 3, 2)).sum().backward()
    found["a gradient of heads"] = [*x.grad.ravel()]
    model, numbers, cache = (
        engine.GPT(5, 4, 6, 2, 2, np.random.default_rng(0)),
        np.array([[3, 0, 1, 1], [2, 4, 0, 3]]),
        {},
    )
    engine.cross_entropy(model(numbers[:, :-1]).reshape(6, 5), numbers[:, 1:].ravel()).backward()
    found["sizes of a GPT's gradients"] = sorted(float((p.grad**2).sum()) for p in model.parameters())
    with engine.no_grad():
        found["scores of a GPT"] = [*model(numbers).data.ravel()]
        found["scores with a cache"] = [
            n for part in (numbers[:, :2], numbers[:, 2:]) for n in model(part, cache).data.ravel()
        ]
    return found


def long_chain(engine: ModuleType, w: Any) -> float:
    """The first slope of a long sum with respect to its start."""
    total = start = engine.Tensor(w.data, True)
    for _ in range(LONG):
        total = total + 1
    total.sum().backward()
    return float(start.grad[0])
