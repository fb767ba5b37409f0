"""Tensors, modules, optimizers and schedules as copies: by pickle, by copy, and in a second process."""

import copy
import multiprocessing
import pickle

import numpy as np
import pytest

import autograd.tensor as torch
from autograd.tensor import nn, optim

MODULES = {
    "Sequential": lambda: nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Dropout(), nn.GELU()),
    "ModuleDict": lambda: nn.ModuleDict({"a": nn.Conv2d(1, 2, 3), "b": nn.Embedding(3, 2)}),
    "LSTM": lambda: nn.LSTM(2, 3),
    "MultiheadAttention": lambda: nn.MultiheadAttention(4, 2),
    "TransformerEncoder": lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8, activation="gelu"), 2),
}


def pickled(x):
    return pickle.loads(pickle.dumps(x))


def train(model, optimizer, schedule, steps):
    """Take some steps and return the weights."""
    for step in range(steps):
        optimizer.zero_grad()
        (model(torch.ones(2, 3) * step) ** 2).sum().backward()
        optimizer.step()
        schedule.step()
    return [p.detach().numpy().copy() for p in model.parameters()]


def training():
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    optimizer = optim.Adam(model.parameters(), lr=0.1)
    return model, optimizer, optim.lr_scheduler.StepLR(optimizer, 2)


def train_there(parts, answers):
    """Go on with a training that came from another process."""
    answers.put((train(*parts, 3), parts[0].state_dict()))


@pytest.mark.parametrize("make", MODULES.values(), ids=MODULES.keys())
@pytest.mark.parametrize("copied", [pickled, copy.deepcopy], ids=["pickle", "deepcopy"])
def test_a_module_is_equal_and_shares_nothing(make, copied):
    model = make()
    other = copied(model)
    assert repr(other) == repr(model) and type(other) is type(model)
    for (name, x), (other_name, y) in zip(model.named_parameters(), other.named_parameters(), strict=True):
        assert name == other_name and (x.detach().numpy() == y.detach().numpy()).all() and type(y) is nn.Parameter
        assert not np.shares_memory(x.detach().numpy(), y.detach().numpy()) and y.is_leaf and y.requires_grad
    assert list(other.state_dict()) == list(model.state_dict())


@pytest.mark.parametrize("copied", [pickled, copy.deepcopy], ids=["pickle", "deepcopy"])
def test_a_training_goes_on_from_a_copy_of_all_its_parts(copied):
    parts = training()
    train(*parts, 3)
    other = copied(parts)
    assert other[1].param_groups[0]["params"][0] is other[0].weight and other[2].optimizer is other[1]
    for x, y in zip(train(*parts, 3), train(*other, 3), strict=True):
        np.testing.assert_array_equal(x, y)


def test_a_training_goes_on_in_another_process():
    parts, context = training(), multiprocessing.get_context("spawn")
    train(*parts, 3)
    answers = context.Queue()
    process = context.Process(target=train_there, args=(parts, answers))
    process.start()
    weights, state = answers.get(timeout=120)
    process.join(timeout=120)
    for x, y, z in zip(train(*parts, 3), weights, state.values(), strict=True):
        np.testing.assert_array_equal(x, y)
        np.testing.assert_array_equal(x, z.numpy())


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int64", "bool"])
def test_numbers_of_every_type_and_protocol(protocol, dtype):
    x = torch.tensor([[1, 0], [1, 1]], dtype=dtype).T
    y = pickle.loads(pickle.dumps(x, protocol))
    assert y.tolist() == x.tolist() and y.dtype == x.dtype and not y.requires_grad


def test_a_computed_tensor_becomes_a_leaf_without_graph_and_gradient():
    x = torch.ones(2, requires_grad=True)
    y = pickled(x * 2)
    assert y.requires_grad and y.is_leaf and y.grad is None
    x.sum().backward()
    assert pickled(x).grad is None


def test_attributes_of_a_parameter_are_kept():
    p = nn.Parameter(torch.ones(2))
    p.name = "w"
    assert pickled(p).name == copy.copy(p).name == copy.deepcopy(p).name == "w"


def test_a_shallow_copy_shares_the_memory_and_notes_changes():
    x = torch.ones(2, requires_grad=True) * 1
    z = x * x
    y = copy.copy(x.detach())
    y[0] = 5
    assert x.tolist() == [5, 1]
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()


def test_buffers_of_an_optimizer_are_not_written_with_it():
    model, optimizer, schedule = training()
    train(model, optimizer, schedule, 1)
    assert optimizer.scratch and not pickled(optimizer).scratch and not copy.deepcopy(optimizer).scratch
