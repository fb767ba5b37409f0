"""Changes in place are derivatives too: small programs, run in PyTorch and with this engine in its place."""

import gc

import numpy as np
import pytest

import autograd.tensor as ours

torch = pytest.importorskip("torch")

MASK = [True, False, True]


def seen_before(t, x):
    """Give the memory a second owner, so that its changes are counted from now on."""
    return x.view(-1), x.detach()


def chained(t, x, b):
    for _ in range(3):
        x *= b
    return x


def twice_by_place(t, x, b):
    x[0] *= b[1]
    x[0] *= b[2]
    return x


def assigned(t, x, b, index):
    x[index] = 1.0
    return x * b


def multiplied_at(t, x, b, index):
    x[index] *= b[index]
    return x


def written_to_integers(t, x, b):
    y = t.zeros(3, dtype=t.int64)
    y[0] = x[0]
    y[1:].copy_(x[1:])
    assert not y.requires_grad
    return y * b


def one_number_to_a_place(t, x, b):
    y = t.zeros(2, 3, dtype=t.float64)
    y[1, 2] = b[1:2]
    y[0] = x[None, None]
    return y * y


def detached(t, x, b):
    d, e = x.detach(), (x * 1).detach()
    x *= b
    e += b
    return x + d * b + e


def rows(x):
    return x.reshape(3, 1) * x.reshape(1, 3)


def through_a_view(t, x, b):
    y = rows(x)
    y[:, 0].add_(b)
    y.view(-1)[2:5].mul_(b)
    return y * y


def a_view_of_what_changed(t, x, b):
    y = rows(x)
    row, column = y[1], y.T[0]
    y *= b
    row += 1
    y[2] -= row
    return column * row + y.sum(1)


def views_of_a_constant(t, x, b):
    y = t.zeros(3, 3, dtype=t.float64)
    first = y[0]
    first += x
    last = y[-1]
    last.copy_(first + b)
    y[1] = 2.0
    y[1, :2] += x[:2]
    return y * y


def a_view_of_a_view(t, x, b):
    y = rows(x)
    block = y[1:]
    block[0] += b
    block[:, 1] *= x[1:]
    return y.sum() + (block * b).sum() + y.transpose(0, 1)[0]


def a_view_that_takes_nothing_away(t, x, b):
    same = x.squeeze()
    same *= b
    x += 1
    return same * x


def a_number_seen_as_a_vector(t, x, b):
    s = x.sum()
    one, three = s[None], s.expand(3)
    s *= b[0]
    one += b[1]
    return three * s * one


def retained(t, x, b):
    """The gradient that is kept is that of the numbers after the change."""
    y, z = x * 1, x * 1
    y.retain_grad()
    z.retain_grad()
    y.mul_(b)
    z[0].mul_(b[0])
    z[1] = 7.0
    (y * y + z * b).sum().backward(retain_graph=True)
    return y * y.grad + z * z.grad


def pooled(t, x, b):
    y = t.nn.functional.max_pool2d(rows(x)[None], 2, 1)
    y += 1
    z = t.nn.functional.max_pool2d(rows(b)[None], 2, 1)
    z[0, 1] = 0.0
    return y * z


def scaled(t, x, b):
    y = t.nn.functional.normalize(rows(x))
    y *= 30
    z = b / x
    z += x
    return y * z


def convolved(t, x, b):
    """The result is laid out row after row, whatever the kernel made."""
    y = t.nn.functional.conv2d(rows(x)[None], b.reshape(3, 1, 1, 1))
    y *= 2
    y.view(-1)[1:4] += 1
    z = t.nn.functional.conv1d(rows(x), b.reshape(1, 3, 1))
    z.view(-1).mul_(2)
    assert y.is_contiguous() and y.stride() == (9, 3, 1)
    first = y[0].view(9)
    first += 1
    whole = (rows(x) * 1).view(9)  # a view of a tensor without a name
    whole[2:4].add_(b[1:])
    z = z + whole.sum()
    return (y * y).sum() + (z * b).sum()


def a_detached_buffer(t, x, b):
    """A detached tensor has a graph of its own: its views are its own, and what it was detached from is not."""
    d = (x * 1).detach().reshape(3, 1)
    row = d[0]
    row.mul_(b[0])
    d.view(-1)[1] = b[1]
    d.mul_(b.reshape(3, 1))
    last = d.t()[0].mul_(2)
    return (d * row).sum() + x * b + last


def a_number_used_whole_and_by_index(t, x, b):
    s = x.sum()
    return s * 2 + s * 3 + s[None].sum() + b


def multiplied_anew(t, x, b):
    y = rows(x)
    same = y
    y @= rows(b)
    assert y is not same
    return y * same


def filled_through_a_view(t, x, b):
    x[0].fill_(1.0)
    x[1:].zero_()
    return x * b


PROGRAMS = {
    "through a view": through_a_view,
    "a view of what changed": a_view_of_what_changed,
    "views of a constant": views_of_a_constant,
    "a view of a view": a_view_of_a_view,
    "filled through a view": filled_through_a_view,
    "a view that takes nothing away": a_view_that_takes_nothing_away,
    "a number seen as a vector": a_number_seen_as_a_vector,
    "retained": retained,
    "a detached buffer": a_detached_buffer,
    "a number used whole and by index": a_number_used_whole_and_by_index,
    "@=": multiplied_anew,
    "pooled": pooled,
    "scaled": scaled,
    "convolved": convolved,
    "*=": lambda t, x, b: x.__imul__(b),
    "**= 2": lambda t, x, b: x.pow_(2),
    "**= tensor": lambda t, x, b: x.pow_(b),
    "%=": lambda t, x, b: x.__imod__(b),
    "/=": lambda t, x, b: x.__itruediv__(b),
    "-= with alpha": lambda t, x, b: x.sub_(b, alpha=3),
    "clamp_": lambda t, x, b: x.clamp_(max=8),
    "log_": lambda t, x, b: x.log_(),
    "square_": lambda t, x, b: x.square_(),
    "abs_": lambda t, x, b: x.neg_().abs_(),
    "reciprocal_": lambda t, x, b: x.reciprocal_(),
    "exp_ and more": lambda t, x, b: (x.exp_() * 1).mul_(b).add_(b).div_(b),
    "lerp_": lambda t, x, b: x.lerp_(b, 0.3),
    "addcmul_ and addcdiv_": lambda t, x, b: x.addcmul_(b, b, value=2.0).addcdiv_(b, b * 2),
    "cumsum_": lambda t, x, b: x.cumsum_(0) * b,
    "masked_fill_": lambda t, x, b: x.masked_fill_(t.tensor(MASK), 0.0) * b,
    "x += x": lambda t, x, b: x.__iadd__(x),
    "three times": chained,
    "a mask": lambda t, x, b: multiplied_at(t, x, b, t.tensor(MASK)),
    "a list": lambda t, x, b: multiplied_at(t, x, b, [0, 2]),
    "a slice": lambda t, x, b: multiplied_at(t, x, b, slice(1, None)),
    "a place, twice": twice_by_place,
    "a place is assigned": lambda t, x, b: assigned(t, x, b, 0),
    "all places are assigned": lambda t, x, b: assigned(t, x, b, slice(None)),
    "zero_": lambda t, x, b: x.zero_() * b,
    "fill_": lambda t, x, b: x.fill_(3.0) * x,
    "copy_ of a constant": lambda t, x, b: x.copy_(t.tensor([1.0, 2.0, 3.0])) * b,
    "copy_": lambda t, x, b: x.copy_(b) * b,
    "zero_, then +=": lambda t, x, b: x.zero_().add_(b),
    "a change of a constant": lambda t, x, b: t.zeros(3).add_(x).mul_(b),
    "one number to a place": one_number_to_a_place,
    "what was detached": detached,
    "integers": written_to_integers,
}  # fmt: skip


def gradients(t, program, before):
    a = t.tensor([2.0, 3.0, 5.0], dtype=t.float64, requires_grad=True)
    b = t.tensor([5.0, 7.0, 0.5], dtype=t.float64, requires_grad=True)
    x = a * 3
    others = before(t, x)
    y = program(t, x, b)
    del others
    y.sum().backward()
    return [None if z is None else z.reshape(-1).tolist() for z in (y.detach(), a.grad, b.grad)]


@pytest.mark.parametrize("before", [lambda t, x: (), seen_before], ids=["alone", "seen"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_change_in_place_has_the_gradients_of_pytorch(name, before):
    found, expected = (gradients(t, PROGRAMS[name], before) for t in (ours, torch))
    for f, e in zip(found, expected, strict=True):
        assert f == (None if e is None else pytest.approx(e, rel=1e-12))


@pytest.mark.parametrize("t", [ours, torch], ids=["ours", "torch"])
@pytest.mark.parametrize(
    "program",
    [
        lambda t, x: (x * x, x.add_(1))[0],  # the square's derivative reads x
        lambda t, x: (y := x.squeeze(), y * y, x.add_(1))[1],  # the same memory
        lambda t, x: (x.exp(), None)[0].add_(1).mul_(1).sum() + (y := x.exp(), y.add_(1))[0],  # exp's reads its result
    ],
    ids=["input", "squeezed", "output"],
)
def test_what_a_derivative_needs_must_not_change(t, program):
    a = t.tensor([2.0, 3.0], requires_grad=True)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        program(t, a * 1).sum().backward()


def test_a_tensor_may_change_by_itself_and_leaves_no_garbage():
    """PyTorch refuses the backward pass; here the product keeps the old numbers."""
    a = ours.tensor([2.0, 3.0], requires_grad=True)
    gc.collect()
    gc.freeze()  # what other tests have left is not counted
    x = a * 1
    x *= x
    x.lerp_(x, 0.25)
    x.sum().backward()
    assert a.grad.tolist() == [4, 6]
    y = x.relu()
    y.view(-1)[:1] = 0
    del x, y
    assert gc.collect() == 0


def test_a_leaf_that_is_frozen_after_its_use_gets_no_gradient():
    for t in (ours, torch):
        a = t.tensor([1.0, 2.0], requires_grad=True)
        y = a.exp()
        a.requires_grad_(False)
        y.sum().backward()
        assert a.grad is None
    d = ours.ones(2, 2).detach().requires_grad_()
    with pytest.raises(RuntimeError, match="view of a leaf"):
        d.view(-1)[0] = 5.0


def test_an_index_and_labels_may_change_after_their_use():
    x = ours.tensor([1.0, 2.0, 3.0], requires_grad=True)
    index = ours.tensor([0, 0])
    y = x[index].sum() + x.gather(0, index).sum() + x.take_along_dim(index).sum() + x.index_select(0, index).sum()
    index[0] = 2
    y.backward()
    assert x.grad.tolist() == [8, 0, 0]
    x.grad = None
    logits, labels = ours.stack([x, x]), ours.tensor([0, 1])
    losses = [ours.nn.functional.cross_entropy(logits, labels) for _ in range(2)]
    losses[0].backward(retain_graph=True)
    expected = x.grad.tolist()
    labels[0] = 2
    losses[1].backward()
    np.testing.assert_allclose(x.grad.numpy(), 2 * np.array(expected))


@pytest.mark.parametrize(
    "make", [ours.from_numpy, ours.as_tensor, ours.Tensor], ids=["from_numpy", "as_tensor", "Tensor"]
)
def test_memory_that_is_shared_stays_where_it_is(make):
    array = np.ones((2, 3), np.float32)
    x = make(array.T)
    x += 1
    x[0] *= 3
    assert array.tolist() == [[6, 2, 2], [6, 2, 2]]
    with pytest.raises(RuntimeError, match="view of a leaf"):
        make(array.T).requires_grad_()[0].add_(1)
