"""Model files written for PyTorch run with the import swapped, and train as they do there."""

import types
from pathlib import Path

import numpy as np
import pytest

import autograd.tensor as ours
from autograd.tensor import nn

torch = pytest.importorskip("torch")

FOLDER = Path(__file__).parent / "models"
SHAPES = {"mlp": (16, 3, 4), "cnn": (12, 1, 10, 10)}
STEPS = 50


def module(name, swapped):
    """Return a model file as a module; with the import swapped, nothing else."""
    source = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    if swapped:
        source = source.replace("import torch\n", "import autograd.tensor as torch\n")
        source = source.replace("import torch.", "import autograd.tensor.").replace(
            "from torch.", "from autograd.tensor."
        )
    made = types.ModuleType(name)
    exec(compile(source, name, "exec"), vars(made))
    return made


def batch(name, t, dtype):
    rng = np.random.default_rng(0)
    if name == "gpt":
        text = np.arange(4)[:, None] * 3 + np.arange(9) ** 2
        return t.tensor(text[:, :-1] % 17), t.tensor(text[:, 1:] % 17)
    x = rng.standard_normal(SHAPES[name])
    labels = np.abs(x.reshape(len(x), -1)[:, :4]).argmax(1)
    return t.tensor(x.astype(dtype)), t.tensor(labels)


def both(name, dtype):
    mine, theirs = module(name, True).build(), module(name, False).build()
    mine, theirs = mine.to(getattr(ours, dtype)), theirs.to(getattr(torch, dtype))
    mine.load_state_dict(theirs.state_dict())
    return mine, theirs


@pytest.mark.parametrize("name", ["mlp", "cnn", "gpt"])
def test_a_model_file_trains_as_in_pytorch(name):
    mine, theirs = both(name, "float64")
    assert [n for n, _ in mine.named_parameters()] == [n for n, _ in theirs.named_parameters()]
    assert list(mine.state_dict()) == list(theirs.state_dict())
    assert repr(mine) == repr(theirs)
    losses = module(name, True).train(mine, *batch(name, ours, "float64"), STEPS)
    expected = module(name, False).train(theirs, *batch(name, torch, "float64"), STEPS)
    assert losses == pytest.approx(expected, rel=1e-7)
    assert expected[STEPS - 1] < expected[0] / 1.2
    for (key, x), y in zip(mine.state_dict().items(), theirs.state_dict().values(), strict=True):
        np.testing.assert_allclose(x.numpy(), y.numpy(), rtol=1e-5, atol=1e-8, err_msg=key)


@pytest.mark.parametrize("name", ["mlp", "cnn", "gpt"])
def test_a_fresh_model_of_a_file_starts_with_the_same_spread(name):
    ours.manual_seed(0), torch.manual_seed(0)
    mine, theirs = module(name, True).build().state_dict(), module(name, False).build().state_dict()
    for key, x in mine.items():
        y = theirs[key].double()
        assert x.numpy().std() == pytest.approx(float(y.std(correction=0)), rel=0.6, abs=1e-6), key
        assert x.numpy().dtype == theirs[key].numpy().dtype, key


# --- same weights, same batches, in float32 ---


class Transformer:
    """Two encoder layers between an embedding and a linear layer."""

    @staticmethod
    def build(t):
        net = t.nn.Module()
        net.embed, net.head = t.nn.Embedding(11, 16), t.nn.Linear(16, 11)
        settings = {"dropout": 0.0, "batch_first": True, "norm_first": True, "activation": "gelu"}
        layer = t.nn.TransformerEncoderLayer(16, 4, 32, **settings)
        net.encoder = t.nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        mask = t.tensor(np.triu(np.full((7, 7), -np.inf, np.float32), 1))
        return net, lambda x: net.head(net.encoder(net.embed(x), mask=mask)).flatten(0, 1)


def mlp(t):
    net = t.nn.Sequential(t.nn.Flatten(), t.nn.Linear(64, 32), t.nn.ReLU(), t.nn.Linear(32, 16), t.nn.Tanh(),
                          t.nn.Linear(16, 11))  # fmt: skip
    return net, net


def cnn(t):
    first, second = t.nn.Conv2d(1, 4, 3, padding=1), t.nn.Conv2d(4, 8, 3, padding=1)
    pool = t.nn.MaxPool2d(2)
    net = t.nn.Sequential(first, t.nn.ReLU(), pool, second, t.nn.ReLU(), pool, t.nn.Flatten(), t.nn.Linear(32, 11))
    return net, net


@pytest.mark.parametrize("build", [mlp, cnn, Transformer.build], ids=["mlp", "cnn", "transformer"])
def test_every_loss_of_50_steps_agrees(build):
    torch.manual_seed(0)
    losses, state = [], None
    for t in (torch, ours):
        net, call = build(t)
        if t is torch:
            state = {name: x.clone() for name, x in net.state_dict().items()}
        net.load_state_dict(state)
        optimizer, rng, found = t.optim.SGD(net.parameters(), lr=0.1, momentum=0.5), np.random.default_rng(0), []
        for _ in range(STEPS):
            if build is Transformer.build:
                tokens = (rng.integers(0, 11, (8, 1)) + 3 * np.arange(8)) % 11
                x, y = t.tensor(tokens[:, :-1]), t.tensor(tokens[:, 1:].reshape(-1))
            else:
                images = rng.standard_normal((16, 1, 8, 8)).astype(np.float32)
                x, y = t.tensor(images), t.tensor(images.reshape(16, -1)[:, :11].argmax(1))
            loss = t.nn.functional.cross_entropy(call(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            found.append(loss.item())
        losses.append(found)
    assert losses[1] == pytest.approx(losses[0], rel=1e-5)
    assert losses[0][-1] < losses[0][0]


def test_a_module_can_be_trained_with_a_loss_module_and_saved(tmp_path):
    pytest.importorskip("safetensors")
    net = nn.Linear(3, 1)
    optimizer = ours.optim.AdamW(net.parameters(), lr=0.1)
    x = ours.randn(32, 3)
    y = x @ ours.tensor([[1.0], [-2.0], [0.5]])
    for _ in range(200):
        loss = nn.MSELoss()(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 1e-3
    ours.save(net.state_dict(), tmp_path / "net.safetensors")
    other = nn.Linear(3, 1)
    other.load_state_dict(ours.load(tmp_path / "net.safetensors"))
    assert ours.equal(net(x), other(x))
