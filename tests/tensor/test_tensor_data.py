"""Data sets, batches and files of weights."""

import collections
import io
import os
import sys

import numpy as np
import pytest

import autograd.tensor as ours
from autograd.tensor import nn
from autograd.tensor.nn.utils.rnn import pack_padded_sequence, pad_sequence
from autograd.tensor.utils.data import DataLoader, Dataset, IterableDataset, Subset, TensorDataset, random_split
from autograd.tensor.utils.data.sampler import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)

X, Y = np.arange(20.0).reshape(10, 2), np.arange(10)
Point = collections.namedtuple("Point", "x y")


class Squares(Dataset):
    def __init__(self, n=10, form=lambda i: i * i):
        self.n, self.form = n, form

    def __getitem__(self, index):
        return self.form(index)

    def __len__(self):
        return self.n


FORMS = {
    "integers": lambda t, i: i,
    "floats": lambda t, i: i / 2,
    "booleans": lambda t, i: i > 3,
    "text": lambda t, i: f"sample {i}",
    "arrays": lambda t, i: np.full((2, 3), i, np.float32),
    "numpy numbers": lambda t, i: np.float32(i),
    "tensors": lambda t, i: t.ones(2) * i,
    "pairs": lambda t, i: (t.ones(2) * i, i),
    "lists": lambda t, i: [i, [i, float(i)]],
    "dictionaries": lambda t, i: {"x": t.ones(2) * i, "more": {"y": i}},
    "named tuples": lambda t, i: Point(i, t.ones(1)),
}


def plain(x):
    """Return a batch as nested lists, with the types of what is in it."""
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    if isinstance(x, list | tuple):
        return [type(x).__name__, *map(plain, x)]
    return x if isinstance(x, str) else (str(x.dtype).removeprefix("torch."), x.tolist())


@pytest.mark.parametrize("options", [{}, {"batch_size": 4}, {"batch_size": 4, "drop_last": True}, {"batch_size": 10}])
@pytest.mark.parametrize("form", FORMS)
def test_batches_are_those_of_pytorch(form, options):
    torch = pytest.importorskip("torch")
    loaders = (
        DataLoader(Squares(10, lambda i: FORMS[form](ours, i)), **options),
        torch.utils.data.DataLoader(Squares(10, lambda i: FORMS[form](torch, i)), **options),
    )
    assert len(loaders[0]) == len(loaders[1]) == len(list(loaders[0]))
    assert [plain(batch) for batch in loaders[0]] == [plain(batch) for batch in loaders[1]]


def test_batches_of_tensors_lists_and_arrays():
    (x, y), *_, (last, _) = DataLoader(TensorDataset(ours.tensor(X), ours.tensor(Y)), batch_size=4)
    assert x.tolist() == X[:4].tolist() and y.dtype == ours.int64 and last.shape == (2, 2)
    assert [b.tolist() for b in DataLoader([1, 2, 3], batch_size=2)] == [[1, 2], [3]]
    assert next(iter(DataLoader(X, batch_size=3))).tolist() == X[:3].tolist()
    assert list(DataLoader([1, 2], batch_size=None)) == [1, 2]
    assert [b.tolist() for b in DataLoader(Squares(), batch_size=2, sampler=[3, 1, 2])] == [[9, 1], [4]]
    assert list(DataLoader(Squares(4), batch_size=2, collate_fn=sum)) == [1, 13]


def stream(d, **methods):
    """Return a data set that can only be read from front to end, of one framework or the other."""
    return type("Stream", (d.IterableDataset,), {"__iter__": lambda self: iter(range(10)), **methods})()


class Backward(Sampler[int]):
    def __iter__(self):
        return iter(range(9, -1, -1))

    def __len__(self):
        return 10


LOADERS = [
    lambda d, data: {"dataset": data, "batch_size": 3, "sampler": d.SequentialSampler(data)},
    lambda d, data: {"dataset": data, "batch_size": 3, "sampler": Backward(), "drop_last": True},
    lambda d, data: {"dataset": Squares(), "batch_size": None, "sampler": [4, 2]},
    lambda d, data: {"dataset": data, "batch_sampler": d.BatchSampler(Backward(), 4, False)},
    lambda d, data: {"dataset": data, "batch_sampler": d.BatchSampler(range(9), 4, True)},
    lambda d, data: {"dataset": data, "batch_sampler": [[1], (2, 3)]},
]


@pytest.mark.parametrize("kind", ["tensors", "any"])
@pytest.mark.parametrize("options", LOADERS, ids=range(len(LOADERS)))
def test_batches_of_samplers_are_those_of_pytorch(options, kind):
    torch, found = pytest.importorskip("torch"), []
    for t, d in ((ours, ours.utils.data), (torch, torch.utils.data)):
        data = d.TensorDataset(t.tensor(X), t.tensor(Y)) if kind == "tensors" else Squares()
        loader = d.DataLoader(**options(d, data))
        found.append(([batch if isinstance(batch, int) else plain(batch) for batch in loader], len(loader)))
    assert found[0] == found[1]


@pytest.mark.parametrize("options", [{}, {"batch_size": 3}, {"batch_size": 3, "drop_last": True}, {"batch_size": None}])
def test_batches_of_streams_are_those_of_pytorch(options):
    found = []
    for d in (ours.utils.data, pytest.importorskip("torch").utils.data):
        loader = d.DataLoader(stream(d, __len__=lambda self: 10), **options)
        found.append(([x if isinstance(x, int) else plain(x) for x in loader], len(loader)))
        with pytest.raises(TypeError, match="has no len"):
            len(d.DataLoader(stream(d), **options))
    assert found[0] == found[1]


def seeded(make):
    """Return two passes of a sampler, after a look that the same seed gives them again."""
    first, second = (make(ours.Generator().manual_seed(5)) for _ in range(2))
    passes = [list(first), list(first)]
    assert passes == [list(second), list(second)] and len(first) == len(passes[0])
    return passes


def test_random_samplers_take_each_place_once_without_replacement():
    first, second = seeded(lambda g: RandomSampler(range(50), generator=g))
    assert sorted(first) == sorted(second) == list(range(50)) and first != second
    first, second = seeded(lambda g: SubsetRandomSampler([*range(50, 100)], g))
    assert sorted(first) == sorted(second) == list(range(50, 100)) and first != second
    first, _ = seeded(lambda g: RandomSampler(range(50), num_samples=120, generator=g))
    assert sorted(first[:50]) == sorted(first[50:100]) == list(range(50)) and len(set(first[100:])) == 20
    first, _ = seeded(lambda g: RandomSampler(range(50), num_samples=20, generator=g))
    assert len(set(first)) == 20
    first, _ = seeded(lambda g: WeightedRandomSampler([0.1, 0.0, 3.0, 1.0], 3, replacement=False, generator=g))
    assert sorted(first) == [0, 2, 3]
    ours.manual_seed(5)
    one = list(RandomSampler(range(50)))
    ours.manual_seed(5)
    assert [i for batch in DataLoader(range(50), shuffle=True) for i in batch.tolist()] == one


def test_random_samplers_have_the_chances_they_should():
    counts = np.bincount(seeded(lambda g: RandomSampler(range(4), True, 20000, g))[0])
    np.testing.assert_allclose(counts / 20000, [0.25] * 4, atol=0.02)
    counts = np.bincount(seeded(lambda g: WeightedRandomSampler([1, 0, 3, 4], 20000, generator=g))[0])
    np.testing.assert_allclose(counts / 20000, [1 / 8, 0, 3 / 8, 1 / 2], atol=0.02)


def test_a_data_set_may_grow_between_passes():
    data = [1, 2]
    loader = DataLoader(data, shuffle=True)
    data.append(3)
    assert len(loader) == 3 and sorted(x.item() for x in loader) == [1, 2, 3]


SAMPLER_ERRORS = [
    (lambda d: d.RandomSampler([]), "num_samples should be a positive integer value, but got num_samples=0"),
    (lambda d: d.DataLoader([], shuffle=True), "num_samples should be a positive integer value"),
    (lambda d: d.WeightedRandomSampler([1.0], True), "num_samples should be a positive integer value"),
    (lambda d: d.WeightedRandomSampler([[1.0]], 1), r"weights should be a 1d sequence .* have shape \(1, 1\)"),
    (lambda d: d.BatchSampler([1], 0, False), "batch_size should be a positive integer value, but got batch_size=0"),
    (lambda d: d.DataLoader([1], 2, batch_sampler=[[0]]), "batch_sampler option is mutually exclusive with batch_size"),
    (lambda d: d.DataLoader([1], shuffle=True, batch_sampler=[[0]]), "batch_sampler option is mutually exclusive"),
    (lambda d: d.DataLoader(stream(d), shuffle=True), "expected unspecified shuffle option, but got shuffle"),
    (lambda d: d.DataLoader(stream(d), sampler=[1]), "IterableDataset: expected unspecified sampler option"),
]


@pytest.mark.parametrize("whose", ["ours", "torch"])
@pytest.mark.parametrize(("make", "message"), SAMPLER_ERRORS, ids=range(len(SAMPLER_ERRORS)))
def test_errors_of_samplers_are_those_of_pytorch(make, message, whose):
    module = ours.utils.data if whose == "ours" else pytest.importorskip("torch").utils.data
    with pytest.raises(ValueError, match=message):
        make(module)


@pytest.mark.parametrize("make", [lambda: iter(Sampler()), lambda: iter(IterableDataset())])
def test_bases_say_what_is_missing(make):
    with pytest.raises(NotImplementedError, match="should implement __iter__"):
        make()


@pytest.mark.parametrize("options", [{}, {"batch_first": True, "padding_value": -1.0}, {"padding_side": "left"}])
def test_sequences_are_padded_as_in_pytorch(options):
    torch, found = pytest.importorskip("torch"), []
    for t, padded in ((ours, pad_sequence), (torch, torch.nn.utils.rnn.pad_sequence)):
        for shape in ((), (2,), (2, 3)):
            parts = [t.ones(n, *shape) * n for n in (1, 3, 2)]
            found.append(plain(padded(parts, **options)))
    assert found[:3] == found[3:]


def test_gradients_of_padded_sequences_and_what_is_not_there():
    x, y = ours.ones(2, 3, requires_grad=True), ours.ones(4, 3)
    weights = ours.arange(24.0).reshape(4, 2, 3)
    (pad_sequence([x, y]) * weights).sum().backward()
    assert x.grad.tolist() == weights[:2, 0].tolist()
    with pytest.raises(RuntimeError, match="padding_side to be one of left or right, but got up"):
        pad_sequence([x], padding_side="up")
    with pytest.raises(NotImplementedError, match="rnn.pack_padded_sequence is not part of this engine"):
        pack_padded_sequence(x, [2])


def test_modules_have_the_names_of_pytorch():
    from autograd.tensor.utils.data import dataloader, dataset, sampler

    assert dataset.Dataset is Dataset and dataloader.DataLoader is DataLoader and sampler.Sampler is Sampler
    assert ours.utils.data.SequentialSampler is SequentialSampler and ours.utils.data.BatchSampler is BatchSampler
    with pytest.raises(AttributeError, match="autograd.tensor.utils.data has no 'ChainDataset'"):
        _ = ours.utils.data.ChainDataset


def test_shuffling_sees_every_sample_once_and_repeats_with_a_seed():
    def passes(seed):
        loader = DataLoader(Squares(form=int), 3, shuffle=True, generator=ours.Generator().manual_seed(seed))
        return [[i for batch in loader for i in batch.tolist()] for _ in range(2)]

    first, second = passes(1)
    assert sorted(first) == sorted(second) == list(range(10)) and first != second != list(range(10))
    assert passes(1) == [first, second] != passes(2)
    ours.manual_seed(3)
    one = [b.tolist() for b in DataLoader(Squares(), 3, shuffle=True)]
    ours.manual_seed(3)
    assert one == [b.tolist() for b in DataLoader(Squares(), 3, shuffle=True)]


@pytest.mark.parametrize("lengths", [[7, 3], [0.7, 0.3], [0.5, 0.25, 0.25], [1 / 3] * 3, [1.0], [10, 0]])
def test_random_split_has_the_lengths_of_pytorch(lengths):
    torch = pytest.importorskip("torch")
    parts = random_split(Squares(form=int), lengths, ours.Generator().manual_seed(0))
    assert [len(part) for part in parts] == [len(part) for part in torch.utils.data.random_split(Squares(), lengths)]
    assert sorted(part[i] for part in parts for i in range(len(part))) == list(range(10))
    again = random_split(Squares(form=int), lengths, ours.Generator().manual_seed(0))
    assert [part.indices for part in parts] == [part.indices for part in again]


def test_a_data_set_may_say_what_its_samples_are():
    class Typed(Dataset[int]):
        pass

    assert issubclass(Typed, Dataset)


def test_a_subset_names_samples_by_place():
    assert [Subset(Squares(), [3, 1])[i] for i in range(2)] == [9, 1]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: TensorDataset(ours.ones(2), ours.ones(3)), ValueError, "Size mismatch between tensors"),
        (lambda: Dataset()[0], NotImplementedError, "should implement __getitem__"),
        (lambda: random_split(Squares(), [3, 3]), ValueError, "Sum of input lengths does not equal"),
        (lambda: random_split(Squares(), [1.5, -0.5]), ValueError, "Fractions have to be between 0 and 1"),
        (lambda: DataLoader(Squares(), 0), ValueError, "batch_size should be a positive integer"),
        (lambda: DataLoader(Squares(), sampler=[1], shuffle=True), ValueError, "mutually exclusive with shuffle"),
        (lambda: DataLoader(Squares(), None, drop_last=True), ValueError, "mutually exclusive with drop_last"),
        (lambda: list(DataLoader([object()])), TypeError, "found <class 'object'>"),
        (lambda: list(DataLoader([(1,), (1, 2)], 2)), RuntimeError, "should be of equal size"),
    ],
)
def test_errors(make, error, message):
    with pytest.raises(error, match=message):
        make()


# --- files ---


@pytest.fixture
def safetensors():
    return pytest.importorskip("safetensors")


def model():
    net = nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.Flatten(), nn.Linear(12, 2))
    net[1].num_batches_tracked += 3
    return net


def test_weights_come_back_bit_for_bit(safetensors, tmp_path):
    state = model().state_dict() | {
        "t": ours.tensor(np.arange(6.0).reshape(2, 3).T), "b": ours.tensor([True, False]),
        "h": ours.ones(2).to(ours.half),
        "nan": ours.tensor([np.nan, -0.0, np.inf]), "none": ours.zeros(0, 3), "view": ours.arange(10)[::3],
    }  # fmt: skip
    ours.save(state, tmp_path / "weights.safetensors")
    loaded = ours.load(tmp_path / "weights.safetensors")
    assert loaded.keys() == state.keys()
    for name, x in state.items():
        y = loaded[name]
        assert (x.dtype, x.shape, x.numpy().tobytes()) == (y.dtype, y.shape, y.numpy().tobytes()), name
    loaded["t"] += 1  # may be written to
    model().load_state_dict({k: loaded[k] for k in model().state_dict()})


def test_pytorch_reads_and_writes_the_same_files(safetensors, tmp_path):
    torch = pytest.importorskip("torch")
    from safetensors.torch import load_file, save_file

    state, path = model().state_dict(), str(tmp_path / "weights")
    ours.save(state, path)
    theirs = load_file(path)
    assert all(np.array_equal(theirs[name].numpy(), x.numpy()) for name, x in state.items())
    save_file({name: x * 2 if x.is_floating_point() else x for name, x in theirs.items()}, path)
    assert all(np.array_equal(x.numpy(), theirs[name].mul(2).numpy()) for name, x in ours.load(path).items() if x.ndim)
    net = torch.nn.Sequential(*[torch.nn.Conv2d(2, 3, 3), torch.nn.BatchNorm2d(3)], *[torch.nn.Identity()] * 1)
    net.load_state_dict({k: v for k, v in theirs.items() if k[0] in "01"})


def test_shared_weights_are_written_under_both_names(safetensors, tmp_path):
    net = nn.ModuleDict({"a": nn.Linear(2, 2)})
    net["b"] = net["a"]
    ours.save(net.state_dict(), tmp_path / "w")
    assert sorted(ours.load(tmp_path / "w")) == ["a.bias", "a.weight", "b.bias", "b.weight"]


@pytest.mark.parametrize("damage", [lambda b: b[:-3], lambda b: b[:5], lambda b: b"", lambda b: b"\x80\x04" + b[2:]])
def test_a_damaged_file_is_named(safetensors, tmp_path, damage):
    path = tmp_path / "weights"
    ours.save(model().state_dict(), path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=r"weights is no complete safetensors file \(\d+ bytes\)"):
        ours.load(path)


def test_a_save_that_fails_leaves_the_old_file(safetensors, tmp_path, monkeypatch):
    path = tmp_path / "weights"
    ours.save({"x": ours.ones(2)}, path)
    monkeypatch.setattr(os, "fsync", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        ours.save({"x": ours.zeros(2)}, path)
    assert ours.load(path)["x"].tolist() == [1, 1] and [p.name for p in tmp_path.iterdir()] == ["weights"]


@pytest.mark.parametrize(
    ("what", "named"),
    [({"a": [0, len]}, r"obj\['a.1'\] is a builtin_function"), (nn.Linear(1, 1), "got a Linear"),
     ({"model": nn.Linear(1, 1)}, r"obj\['model'\] is a Linear"), ({"x": {1}}, "a set"), ({"x": 1j}, "a complex")],
)  # fmt: skip
def test_nothing_that_needs_code_is_saved(what, named, tmp_path):
    with pytest.raises(TypeError, match=f"save takes tensors.*{named}"):
        ours.save(what, tmp_path / "x")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "what",
    [{}, [], {"x": 3}, (1, None, True, "text", 0.1, -np.inf), {0: {"betas": (0.9, 0.999), (1, "a"): []}}, 7,
     {"autograd": "tensor", "format": {"tensor": "x"}, "dict": {}, "tuple": [1, 2]}],
)  # fmt: skip
def test_a_structure_comes_back_as_it_was(safetensors, what):
    file = io.BytesIO()
    ours.save(what, file)
    file.seek(0)
    assert repr(ours.load(file)) == repr(what)


def test_tensors_in_a_structure_come_back_under_their_places(safetensors, tmp_path):
    ours.save({"a.b": ours.ones(1), "a": {"b": ours.zeros(2), 3: [np.ones(3), "x"]}}, tmp_path / "x")
    found = ours.load(tmp_path / "x")
    assert (found["a.b"].tolist(), found["a"]["b"].tolist(), found["a"][3][0].tolist()) == ([1], [0, 0], [1, 1, 1])
    assert found["a"][3][1] == "x"
    ours.save(ours.arange(3), tmp_path / "y")
    assert ours.load(tmp_path / "y").tolist() == [0, 1, 2]


@pytest.mark.parametrize("rule", ["SGD", "RMSprop", "Adam", "AdamW", "Adagrad", "Adadelta"])
def test_training_goes_on_from_a_checkpoint_as_if_it_had_not_stopped(safetensors, tmp_path, rule):
    def start():
        ours.manual_seed(0)
        net = nn.Linear(3, 2)
        optimizer = getattr(ours.optim, rule)(net.parameters(), lr=0.1, **{"momentum": 0.9} if rule == "SGD" else {})
        return net, optimizer, ours.optim.lr_scheduler.StepLR(optimizer, 2)

    def train(net, optimizer, schedule, steps):
        for _ in range(steps):
            optimizer.zero_grad()
            loss = (net(ours.ones(1, 3)) ** 2).sum()
            loss.backward()
            optimizer.step()
            schedule.step()
        return loss.item()

    names = ("model_state_dict", "optimizer_state_dict", "scheduler")
    parts, path = start(), tmp_path / "checkpoint.pt"
    loss = train(*parts, 3)
    states = {name: part.state_dict() for name, part in zip(names, parts, strict=True)}
    ours.save({"epoch": 3, "loss": loss, **states}, path)
    resumed, checkpoint = start(), ours.load(path)
    for name, part in zip(names, resumed, strict=True):
        part.load_state_dict(checkpoint[name])
    assert (checkpoint["epoch"], checkpoint["loss"]) == (3, loss)
    assert train(*parts, 5) == train(*resumed, 5)
    assert resumed[0].weight.tolist() == parts[0].weight.tolist()


def test_a_missing_file_and_a_missing_library(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors", None)
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    with pytest.raises(ImportError, match="pip install safetensors"):
        ours.save({"x": ours.ones(1)}, tmp_path / "x")


def test_a_file_that_is_not_there(safetensors, tmp_path):
    with pytest.raises(FileNotFoundError):
        ours.load(tmp_path / "nothing")


def test_a_random_pass_may_be_endless():
    places = iter(RandomSampler(range(5), replacement=True, num_samples=10**12))
    assert {next(places) for _ in range(3000)} == set(range(5))
