"""Training: XOR and moons are learned, runs repeat to the last bit, and what cannot work says why."""

import builtins
import math
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from autograd.optim import SGD, Adam
from autograd.scalar import MLP, Value, mse, no_grad

XOR = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]


def quiet(model, *arguments, **options):
    return model.fit(*arguments, progress=False, **options)


def moons(n, noise, seed):
    """Two half circles of points, as scikit-learn draws them."""
    rng = random.Random(seed)
    points, labels = [], []
    for i in range(n):
        angle, label = math.pi * (i // 2) / (n // 2 - 1), i % 2
        x, y = math.cos(angle), math.sin(angle)
        x, y = (1 - x, 0.5 - y) if label else (x, y)
        points.append([x + rng.gauss(0, noise), y + rng.gauss(0, noise)])
        labels.append(label)
    return points, labels


def test_parity_with_pytorch():
    torch = pytest.importorskip("torch")
    for activation in ("tanh", "relu", "sigmoid"):
        ours = MLP(3, [5, 4, 2], activation)
        layers = []
        for layer in ours.layers:
            linear = torch.nn.Linear(layer.fan_in, len(layer.neurons), dtype=torch.float64)
            weights = [[w.data for w in neuron.weights] for neuron in layer.neurons]
            linear.weight.data = torch.tensor(weights, dtype=torch.float64)
            linear.bias.data = torch.tensor([n.bias.data for n in layer.neurons], dtype=torch.float64)
            layers += [
                linear,
                {"tanh": torch.nn.Tanh, "relu": torch.nn.ReLU, "sigmoid": torch.nn.Sigmoid}[activation](),
            ]
        theirs = torch.nn.Sequential(*layers[:-1])
        inputs, targets = [[0.5, -1.0, 2.0], [1.5, 0.25, -0.5]], [[1.0, 0.0], [0.5, -1.0]]
        optimizers = Adam(ours.parameters(), lr=0.1), torch.optim.Adam(theirs.parameters(), lr=0.1)
        expected = []
        for _ in range(5):
            loss = torch.nn.functional.mse_loss(theirs(torch.tensor(inputs).double()), torch.tensor(targets).double())
            expected.append(loss.item())
            optimizers[1].zero_grad()
            loss.backward()
            optimizers[1].step()
        history = quiet(ours, inputs, targets, optimizer=optimizers[0], epochs=5)
        assert history.losses == pytest.approx(expected, rel=1e-10)


def test_processes_agree_to_the_last_bit():
    program = (
        "from autograd.scalar import MLP\n"
        "model = MLP(2, [4, 1])\n"
        "inputs, targets = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]\n"
        "history = model.fit(inputs, targets, epochs=20, batch_size=3, progress=False)\n"
        "print([x.hex() for x in history.losses + [p.data for p in model.parameters()]])"
    )
    root = Path(__file__).resolve().parents[2]
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "12345")
    }
    assert len(outputs) == 1
    assert "0x1." in outputs.pop()


def test_a_run_depends_on_its_seeds_and_leaves_the_global_generator_alone():
    models = [MLP(2, [4, 1]) for _ in range(3)]
    for model, seed in zip(models, (0, 0, 1), strict=True):
        before = random.getstate()
        quiet(model, *XOR, epochs=3, batch_size=2, seed=seed)
        assert random.getstate() == before
        random.seed(1)
    first, again, other = ([p.data for p in model.parameters()] for model in models)
    assert first == again != other


@pytest.mark.parametrize("seed", range(20))
def test_xor_is_learned(seed):
    model = MLP(2, [4, 1], seed=seed)
    history = quiet(model, *XOR)
    assert [round(model(x).data) for x in XOR[0]] == XOR[1]
    assert history.losses[-1] < 0.01 < history.losses[0]


@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam", "adamw"])
def test_every_optimizer_lowers_the_loss(optimizer):
    history = quiet(MLP(2, [4, 1]), *XOR, optimizer=optimizer, epochs=50)
    assert history.losses[-1] < history.losses[0]


@pytest.mark.parametrize("loss", ["hinge", "binary_cross_entropy"])
def test_moons_are_separated(loss):
    points, labels = moons(50, 0.1, 0)
    model = MLP(2, [8, 8, 1])
    quiet(model, points, [2 * y - 1 for y in labels] if loss == "hinge" else labels, loss=loss, epochs=60)
    unseen, answers = moons(200, 0.1, 1)
    with no_grad():
        right = sum((model(x).data > 0) == bool(y) for x, y in zip(unseen, answers, strict=True))
    assert right >= 195


def test_three_classes():
    points = [[0.0, 0.0], [0.1, 0.2], [1.0, 1.0], [1.1, 0.9], [0.0, 1.0], [0.1, 1.1]]
    model = MLP(2, [8, 3])
    quiet(model, points, [0, 0, 1, 1, 2, 2], loss="cross_entropy", epochs=100)
    assert [max(range(3), key=model(x).__getitem__) for x in points] == [0, 0, 1, 1, 2, 2]


def test_batches_see_every_sample_once_in_an_epoch():
    seen = []

    def loss(predictions, targets):
        seen.append(list(targets))
        return mse(predictions, targets)

    model = MLP(1, [1])
    history = quiet(
        model,
        [[x] for x in range(7)],
        range(7),
        loss=loss,
        optimizer=SGD(model.parameters(), lr=0.0),
        epochs=2,
        batch_size=3,
    )
    assert [len(batch) for batch in seen] == [3, 3, 1, 3, 3, 1]
    epochs = [[t for batch in part for t in batch] for part in (seen[:3], seen[3:])]
    assert [sorted(epoch) for epoch in epochs] == [list(range(7))] * 2
    assert epochs[0] != epochs[1]
    everything = mse([model([x]) for x in range(7)], range(7)).data
    assert history.losses == pytest.approx([everything, everything])  # batches of 1 count for 1 sample, not for 3


def test_arrays_as_inputs_and_targets():
    np = pytest.importorskip("numpy")
    lists, arrays = MLP(2, [4, 1]), MLP(2, [4, 1])
    quiet(lists, *XOR, epochs=3)
    quiet(arrays, np.array(XOR[0], dtype=float), np.array(XOR[1]), epochs=3)
    assert [p.data for p in lists.parameters()] == [p.data for p in arrays.parameters()]
    assert type(arrays(np.array([1.0, 0.0])).data) is float


def test_history():
    pytest.importorskip("matplotlib").use("agg")
    history = quiet(MLP(2, [4, 1]), *XOR, epochs=3)
    assert len(history.losses) == 3
    assert repr(history) == f"History(3 epochs, loss {history.losses[0]:.4g} → {history.losses[-1]:.4g})"
    assert repr(quiet(MLP(2, [1]), *XOR, epochs=0)) == "History(0 epochs)"
    axes = history.plot(title="XOR")
    assert axes.lines[0].get_ydata().tolist() == history.losses
    title = axes.get_title() or axes.get_title(loc="left")  # the course's style, if it is loaded, writes it at the left
    assert (title, axes.get_xlabel(), axes.get_ylabel()) == ("XOR", "epoch", "loss")
    assert history.plot(ax=axes) is axes


def test_progress_bar(capsys, monkeypatch):
    model = MLP(2, [2, 1])
    quiet(model, *XOR, epochs=2)
    assert capsys.readouterr().err == ""
    pytest.importorskip("tqdm")
    model.fit(*XOR, epochs=2)
    assert "2/2" in capsys.readouterr().err
    real_import = builtins.__import__

    def no_tqdm(name, *arguments):
        if name.startswith("tqdm"):
            raise ImportError(name)
        return real_import(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", no_tqdm)
    assert len(model.fit(*XOR, epochs=2).losses) == 2
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("inputs", "targets", "options", "error", "message"),
    [
        ([[1, 2]], [1, 2], {}, ValueError, "fit: 1 inputs, but 2 targets"),
        ([], [], {}, ValueError, "fit: there are no samples"),
        ([1, 2], [1, 2], {}, TypeError, "each sample must be a list of inputs, got 1 for sample 0"),
        ([[1, 2, 3]], [1], {}, ValueError, "takes 2 inputs, got 3"),
        (*XOR, {"loss": "mean"}, ValueError, "unknown loss 'mean'; known are mse, hinge"),
        (*XOR, {"loss": "hinge"}, ValueError, "hinge: targets must be -1 or 1, got 0 for sample 0"),
        (*XOR, {"loss": "cross_entropy"}, ValueError, "cross_entropy needs a list of logits"),
        (*XOR, {"loss": lambda p, t: 1.0}, TypeError, "must return a Value, got 1.0"),
        (*XOR, {"loss": lambda p, t: Value(p[0].data)}, ValueError, "does not depend on the parameters"),
        (*XOR, {"loss": lambda p, t: mse([x.data for x in p], t)}, ValueError, "does not depend on the parameters"),
        (
            *XOR,
            {"optimizer": "adagrad"},
            ValueError,
            "unknown optimizer 'adagrad'; known are sgd, rmsprop, adam, adamw",
        ),
        (*XOR, {"optimizer": SGD([Value(1.0)])}, ValueError, "holds none of this model's parameters"),
        (*XOR, {"optimizer": SGD([Value(1.0)]), "lr": 0.1}, ValueError, "has a learning rate already"),
        (*XOR, {"epochs": -1}, ValueError, "epochs must be 0 or more"),
        (*XOR, {"batch_size": 0}, ValueError, "batch_size must be at least 1"),
        (*XOR, {"lr": -1.0}, ValueError, "lr must be 0 or more"),
        (
            [[1, math.nan]],
            [1],
            {},
            FloatingPointError,
            "fit stopped in epoch 1: the loss is nan.*smaller lr than 0.1",
        ),
    ],
)
def test_errors_of_fit(inputs, targets, options, error, message):
    with pytest.raises(error, match=message):
        quiet(MLP(2, [2, 1]), inputs, targets, **options)


def test_a_diverging_run_stops_with_advice():
    with pytest.raises(FloatingPointError, match=r"fit stopped in epoch \d+: the loss is (inf|nan).*such as 100"):
        quiet(MLP(2, [1]), *XOR, optimizer="sgd", lr=1000.0, epochs=1000)

    def steep(predictions, targets):
        return Value.sum([(prediction * 1e3).exp() for prediction in predictions])

    with pytest.raises(FloatingPointError, match=r"fit stopped in epoch 1: Value: cannot compute exp.*smaller lr"):
        model = MLP(1, [1])
        model.parameters()[0].data = 1.0
        quiet(model, [[1.0]], [0], loss=steep, lr=0.5)
