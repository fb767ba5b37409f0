"""The programs whose numbers are recorded in reference.json: plain PyTorch, in float64.

Each function takes no arguments and returns numbers in dicts and lists. `torch` is imported inside, because readers
need not have it: `course.reference` gives them the recorded numbers.
"""

from typing import Any

from course import datasets

# Points at which every function of one number is evaluated: both sides of each edge, the edge, and far out.
POINTS = (-30.0, -2.5, -1.0, -0.3, 0.0, 0.7, 1.0, 2.0, 30.0)
PAIRS = ((2.0, -3.0), (-1.5, 2.0), (0.5, 0.5), (0.0, 2.0), (3.0, 1.0))
POWERS = ((2.0, 3.0), (2.0, -1.5), (0.0, 0.0), (0.0, 0.5), (0.0, 2.0), (-2.0, 3.0), (-2.0, 2.0), (1.7, 0.0))


def neuron() -> dict[str, Any]:
    """tanh(x1*w1 + x2*w2 + b): its value and the gradient of each leaf."""
    import torch

    values = {"x1": 2.0, "x2": 0.0, "w1": -3.0, "w2": 1.0, "b": 6.8813735870195432}
    leaves = {name: _leaf(value) for name, value in values.items()}
    x1, x2, w1, w2, b = leaves.values()
    output = torch.tanh(x1 * w1 + x2 * w2 + b)
    output.backward()
    return {"value": output.item(), "gradients": {name: leaf.grad.item() for name, leaf in leaves.items()}}


def expression() -> dict[str, Any]:
    """A chain of small steps from a = -4 and b = 2 to g, in which a and b are used several times."""
    a, b = _leaf(-4.0), _leaf(2.0)
    c = a + b
    d = a * b + b**3
    e = c - d
    f = e**2
    g = f / 2
    g = g + 10 / f
    g.backward()
    return {"value": g.item(), "gradients": {"a": a.grad.item(), "b": b.grad.item()}}


def relu() -> dict[str, Any]:
    """An expression with two relus, one of which is 0: its value and the gradients of a = 1.5 and b = -0.5."""
    import torch

    a, b = _leaf(1.5), _leaf(-0.5)
    c = a * b + 2 * a**2
    d = torch.relu(c - b / a) + torch.relu(b - 1)
    y = d**0.5 - 3 / (1 + c)
    y.backward()
    return {"value": y.item(), "gradients": {"a": a.grad.item(), "b": b.grad.item()}}


def scalar_operations() -> dict[str, Any]:
    """Each operation of the scalar engine at several points: inputs, value and the gradient of each input."""
    return {
        name: [_case(function, *inputs) for inputs in points] for name, (function, points) in torch_operations().items()
    }


def torch_operations() -> dict[str, tuple[Any, list[tuple[float, ...]]]]:
    """Each operation of the scalar engine as PyTorch's function, and the inputs at which it is recorded."""
    import torch

    functions = torch.nn.functional
    unary = {
        "neg": (lambda x: -x, POINTS),
        "abs": (torch.abs, POINTS),
        "exp": (torch.exp, POINTS),
        "log": (torch.log, (0.1, 0.7, 1.0, 30.0)),
        "sqrt": (torch.sqrt, (0.0, 0.3, 1.0, 30.0)),
        "sin": (torch.sin, POINTS),
        "cos": (torch.cos, POINTS),
        "tanh": (torch.tanh, POINTS),
        "sigmoid": (torch.sigmoid, POINTS),
        "softplus": (functions.softplus, POINTS),
        "relu": (torch.relu, POINTS),
        "leaky_relu": (functions.leaky_relu, POINTS),
    }
    binary = {
        "+": (lambda a, b: a + b, PAIRS),
        "-": (lambda a, b: a - b, PAIRS),
        "*": (lambda a, b: a * b, PAIRS),
        "/": (lambda a, b: a / b, PAIRS),
        "**": (lambda a, b: a**b, POWERS),
        "max": (torch.maximum, PAIRS),
        "min": (torch.minimum, PAIRS),
    }
    return {name: (function, [(x,) for x in points]) for name, (function, points) in unary.items()} | binary


def accumulation() -> dict[str, Any]:
    """Two losses on one trunk, the first of them twice: what stands in the leaves after each backward pass."""
    import torch

    a, b = _leaf(2.0), _leaf(3.0)
    trunk = a * b
    first, second = trunk + a, torch.tanh(trunk * 0.25)
    gradients = {"a": [], "b": []}
    for loss in (first, second, first):
        loss.backward(retain_graph=True)
        gradients["a"].append(a.grad.item())
        gradients["b"].append(b.grad.item())
    return gradients


def network() -> dict[str, Any]:
    """A 2-3-1 network with tanh, whose 13 parameters are sin 1, sin 2, …, neuron by neuron, each bias last."""
    import math

    import torch

    parameters = [_leaf(math.sin(i + 1)) for i in range(13)]
    inputs = [torch.tensor(0.5, dtype=torch.float64), torch.tensor(-1.0, dtype=torch.float64)]
    rest = iter(parameters)
    hidden = [torch.tanh(next(rest) * inputs[0] + next(rest) * inputs[1] + next(rest)) for _ in range(3)]
    output = next(rest) * hidden[0] + next(rest) * hidden[1] + next(rest) * hidden[2] + next(rest)
    output.backward()
    return {"value": output.item(), "gradients": [parameter.grad.item() for parameter in parameters]}


def xor() -> dict[str, Any]:
    """The losses of ten steps of SGD, lr 0.2, on XOR: a 2-4-1 network with tanh that starts at sin 1, sin 2, …"""
    import math

    import torch

    parameters = [_leaf(math.sin(i + 1)) for i in range(17)]
    optimizer, losses = torch.optim.SGD(parameters, lr=0.2), []
    for _ in range(10):
        errors = []
        for a, b, target in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)):
            rest = iter(parameters)
            hidden = [torch.tanh(next(rest) * a + next(rest) * b + next(rest)) for _ in range(4)]
            errors.append(sum(next(rest) * h for h in hidden) + next(rest) - target)
        loss = torch.stack(errors).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return {"losses": losses}


def xor_training() -> dict[str, Any]:
    """XOR by a 2-4-1 network with tanh, 100 steps of SGD with momentum: every loss, and the outputs in the end."""
    import torch

    model, inputs = _mlp(2, [4, 1]), _tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9), []
    for _ in range(100):
        loss = torch.nn.functional.mse_loss(model(inputs), _tensor([[0], [1], [1], [0]]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return {"losses": losses, "outputs": model(inputs).flatten().tolist()}


def four_points_training() -> dict[str, Any]:
    """The signs of four points by a 3-4-4-1 network with tanh, 20 steps: every loss, and the outputs in the end."""
    import torch

    model, losses = _mlp(3, [4, 4, 1]), []
    inputs = _tensor([[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02)
    for _ in range(20):
        loss = (model(inputs) - _tensor([[1], [-1], [-1], [1]])).square().sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return {"losses": losses, "outputs": model(inputs).flatten().tolist()}


def polynomial() -> dict[str, Any]:
    """x**3 - 2 x**2 + x and its first, second and third derivative at several points."""
    import torch

    points = [-1.0, 0.0, 1 / 3, 1.0, 2.0]
    rows = []
    for point in points:
        x = _leaf(point)
        order = x**3 - 2 * x**2 + x
        row = [order.item()]
        for _ in range(3):
            (order,) = torch.autograd.grad(order, x, create_graph=True)
            row.append(order.item())
        rows.append(row)
    names = ("value", "first", "second", "third")
    return {"x": points} | {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}


def optimizers() -> dict[str, Any]:
    """The places to which 20 steps of each optimizer lead in a ravine from (1, 0.75), with a rate that falls.

    The ravine is a hundred times as steep across as along, and lies at 45 degrees to the axes.
    """
    import torch

    rules = {
        "SGD": (torch.optim.SGD, {"lr": 0.01}),
        "momentum": (torch.optim.SGD, {"lr": 0.01, "momentum": 0.9}),
        "Nesterov": (torch.optim.SGD, {"lr": 0.01, "momentum": 0.9, "nesterov": True}),
        "Adam": (torch.optim.Adam, {"lr": 0.1}),
        "AdamW": (torch.optim.AdamW, {"lr": 0.1, "weight_decay": 0.5}),
    }
    places: dict[str, list[list[float]]] = {name: [] for name in rules}
    for name, (rule, settings) in rules.items():
        place = torch.tensor([1.0, 0.75], dtype=torch.float64, requires_grad=True)
        optimizer = rule([place], **settings)
        for step in range(20):
            optimizer.param_groups[0]["lr"] = settings["lr"] * (20 - step) / 20
            along, across = place[0] - place[1], place[0] + place[1]
            optimizer.zero_grad()
            ((along**2 + 100 * across**2) / 4).backward()
            optimizer.step()
            places[name].append(place.tolist())
    return places


def microgpt() -> dict[str, Any]:
    """The losses of the first 10 steps of the model that `course.microgpt` describes, on `data/names.txt`."""
    import random

    import torch

    functions, rng, names = torch.nn.functional, random.Random(42), datasets.names()
    rng.shuffle(names)
    sizes = [(27, 16), (16, 16), (27, 16), *[(16, 16)] * 4, (64, 16), (16, 64)]
    weights = [
        _tensor([[rng.gauss(0, 0.08) for _ in range(columns)] for _ in range(rows)]).requires_grad_()
        for rows, columns in sizes
    ]
    tokens, places, scores, query, key, value, out, wide, narrow = weights
    optimizer, losses = torch.optim.Adam(weights, betas=(0.85, 0.99)), []
    for step in range(10):
        numbers = torch.tensor([26, *[ord(letter) - ord("a") for letter in names[step]], 26])
        x = functions.rms_norm(tokens[numbers[:-1]] + places[: len(numbers) - 1], (16,), eps=1e-5)
        read = functions.rms_norm(x, (16,), eps=1e-5)
        heads = [(read @ weight.T).unflatten(-1, (4, 4)).transpose(0, 1) for weight in (query, key, value)]
        mixed = functions.scaled_dot_product_attention(*heads, is_causal=True)
        x = x + mixed.transpose(0, 1).flatten(1) @ out.T
        x = x + torch.relu(functions.rms_norm(x, (16,), eps=1e-5) @ wide.T) @ narrow.T
        loss = functions.cross_entropy(x @ scores.T, numbers[1:])
        optimizer.param_groups[0]["lr"] = 0.01 * (1 - step / 1000)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return {"losses": losses}


def causal() -> dict[str, Any]:
    """The weights that `is_causal=True` gives to five keys of one query; the values tell the places apart."""
    import torch

    keys = _tensor([[1.0, 2.0], [0.0, 1.0], [2.0, 2.0], [1.0, 0.0], [3.0, 1.0]])
    values = torch.eye(5, dtype=torch.float64)
    mixed = torch.nn.functional.scaled_dot_product_attention(keys[-1:], keys, values, is_causal=True)
    return {"weights": mixed[0].tolist()}


PROGRAMS = {
    program.__name__: program
    for program in (
        neuron,
        expression,
        relu,
        scalar_operations,
        accumulation,
        network,
        xor,
        xor_training,
        four_points_training,
        polynomial,
        optimizers,
        microgpt,
        causal,
    )
}


def _leaf(value: float) -> Any:
    import torch

    return torch.tensor(value, dtype=torch.float64, requires_grad=True)


def _tensor(rows: list[list[float]]) -> Any:
    import torch

    return torch.tensor(rows, dtype=torch.float64)


def _mlp(fan_in: int, widths: list[int]) -> Any:
    """A network with tanh between its layers that starts where autograd.scalar.MLP does: weights from Random(0).

    They are uniform between -sqrt(6 / (fan_in + fan_out)) and its opposite, row by row, and biases are 0.
    """
    import math
    import random

    import torch

    rng, steps = random.Random(0), []
    for before, width in zip([fan_in, *widths], widths, strict=False):
        bound, layer = math.sqrt(6 / (before + width)), torch.nn.Linear(before, width, dtype=torch.float64)
        layer.weight.data = _tensor([[rng.uniform(-bound, bound) for _ in range(before)] for _ in range(width)])
        layer.bias.data.zero_()
        steps += [layer, torch.nn.Tanh()]
    return torch.nn.Sequential(*steps[:-1])


def _case(function: Any, *inputs: float) -> dict[str, Any]:
    leaves = [_leaf(value) for value in inputs]
    output = function(*leaves)
    output.backward()
    return {
        "inputs": list(inputs),
        "value": output.item(),
        "gradients": [leaf.grad.item() for leaf in leaves],
    }
