"""The tensor engine: what is recorded, what backward passes leave behind, and what mistakes are told."""

import copy
import gc
import os
import subprocess
import sys
import tracemalloc
import weakref

import numpy as np
import pytest
from notebook_files import ROOT

import autograd.tensor as t
from autograd.draw import draw_dot
from autograd.tensor.api.creation import rng_of

F = t.nn.functional


def leaf(*shape, seed=0):
    return t.tensor(np.random.default_rng(seed).standard_normal(shape), requires_grad=True)


# --- what a tensor is ---


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (1.5, t.float32), ([1, 2], t.int64), ([True], t.bool), ([1, 2.5], t.float32), (np.ones(2), t.float64),
        (np.float64(2), t.float64), ([np.float32(1)], t.float32), (np.arange(3, dtype=np.uint8), t.uint8),
        ([], t.float32), ([t.tensor(1), t.tensor(2)], t.int64), ([[t.ones(2)], [t.ones(2)]], t.float32),
    ],
)  # fmt: skip
def test_types_of_numbers_lists_and_arrays(data, dtype):
    assert t.tensor(data).dtype == dtype


def test_a_tensor_of_a_size_or_of_numbers():
    assert t.Tensor(2, 3).shape == (2, 3)
    assert t.Tensor().shape == (0,)
    assert t.Tensor(2, requires_grad=True).requires_grad
    with pytest.raises(TypeError, match="one list or array, or whole numbers as a size"):
        t.Tensor([1.0], [2.0])


def test_tensor_copies_and_as_tensor_shares():
    array = np.zeros(2)
    copied, shared = t.tensor(array), t.as_tensor(array)
    array += 1
    assert (copied.tolist(), shared.tolist(), t.from_numpy(array).tolist()) == ([0, 0], [1, 1], [1, 1])


def test_the_default_type_can_be_set():
    try:
        t.set_default_dtype(t.float64)
        assert t.tensor(1.0).dtype == t.zeros(1).dtype == t.randn(1).dtype == t.float64
    finally:
        t.set_default_dtype(t.float32)


def test_a_tensor_answers_python():
    x = t.arange(6).reshape(2, 3)
    assert (len(x), x.shape, x.size(), x.size(-1), x.ndim, x.dim(), x.numel()) == (2, (2, 3), (2, 3), 3, 2, 2, 6)
    assert [row.tolist() for row in x] == [[0, 1, 2], [3, 4, 5]]
    assert (float(t.tensor(2.5)), int(t.tensor(2.5)), bool(t.tensor(0.0)), [1, 2, 3][t.tensor(1)]) == (2.5, 2, False, 2)
    assert (5 in x, 7 in x, f"{t.tensor(1.5):.3f}", t.tensor([3]).item()) == (True, False, "1.500", 3)
    assert x.T.shape == x.mT.shape == (3, 2)
    assert {x: 1}[x] == 1


@pytest.mark.parametrize(
    "make",
    [
        lambda f: f.tensor([1.0, 2, 3]), lambda f: f.tensor([[1.5, -2.25], [3, 4]]), lambda f: f.tensor([1, 20]),
        lambda f: f.tensor([True, False]), lambda f: f.tensor(2.5), lambda f: f.tensor([1e-8, 1.0]),
        lambda f: f.tensor([1e9, 1.0]), lambda f: f.tensor([float("nan"), float("inf"), 1.5]), lambda f: f.zeros(0),
        lambda f: f.zeros(2, 0), lambda f: f.arange(2000), lambda f: f.ones(3, 30), lambda f: f.ones(2).to(f.int32),
        lambda f: f.tensor([1.0], requires_grad=True), lambda f: f.tensor(3), lambda f: f.arange(40) / 7,
    ],
)  # fmt: skip
def test_tensors_print_as_in_pytorch(make):
    torch = pytest.importorskip("torch")
    assert repr(make(t)) == repr(make(torch)).replace("torch.", "")


def test_results_print_their_operation():
    assert repr(leaf(2).sum()).endswith("dtype=float64, grad_fn=<SumBackward0>)")


# --- backward ---


def test_leaves_accumulate_and_inner_tensors_keep_nothing():
    x = leaf(3)
    y = x * 2
    z = (y * y).sum()
    z.backward(retain_graph=True)
    first = x.grad
    z.backward()
    assert x.grad is first
    np.testing.assert_allclose(x.grad.numpy(), 16 * x.data.numpy())
    assert (y.grad, z.grad, y.is_leaf, x.is_leaf) == (None, None, False, True)


def test_retain_grad_keeps_the_gradient_of_an_inner_tensor():
    x = leaf(3)
    y = x * 2
    y.retain_grad()
    (y * y).sum().backward()
    np.testing.assert_allclose(y.grad.numpy(), 2 * y.data.numpy())


def test_two_losses_on_one_trunk_add_up():
    x = leaf(3)
    trunk = x.exp()
    trunk.sum().backward(retain_graph=True)
    (trunk * trunk).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), trunk.data.numpy() + 2 * trunk.data.numpy() ** 2)


def test_gradients_of_two_leaves_are_never_the_same_memory():
    a, b, g = leaf(3), leaf(3), t.ones(3).double()
    (a + b).backward(g)
    a.grad.data[:] = 7
    assert (b.grad.tolist(), g.tolist()) == ([1, 1, 1], [1, 1, 1])


def test_gradients_have_the_type_and_shape_of_their_tensor():
    x = t.randn(3, 1, requires_grad=True)
    (x * t.ones(2, 3, 4).double()).sum().backward()
    assert (x.grad.dtype, x.grad.shape, x.grad.tolist()) == (t.float32, (3, 1), [[8], [8], [8]])


def test_grad_returns_what_it_was_asked_for_and_leaves_gradients_alone():
    x, w, unused = leaf(3), leaf(3), leaf(1)
    inner = x * w
    y = (inner * inner).sum()
    found = t.grad(y, [w, inner, unused, y], allow_unused=True)
    np.testing.assert_allclose(found[0].numpy(), 2 * x.data.numpy() ** 2 * w.data.numpy())
    np.testing.assert_allclose(found[1].numpy(), 2 * inner.data.numpy())
    assert (found[2], found[3].item(), x.grad) == (None, 1.0, None)
    assert t.autograd.grad(leaf(2) * 1, leaf(1), t.ones(2).double(), materialize_grads=True)[0].tolist() == [0]


def test_only_what_leads_to_the_inputs_is_visited():
    x, w = leaf(3), leaf(3)
    y = (Refuses.apply(x) * w).sum()
    assert t.grad(y, w)[0].tolist() == x.tolist()


class Refuses(t.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 1

    @staticmethod
    def backward(ctx, g):
        raise AssertionError("nobody asked for this gradient")


def test_a_vector_result_starts_from_a_given_gradient():
    x = leaf(3)
    (x * 2).backward(t.tensor([1.0, 10.0, 100.0]))
    assert x.grad.tolist() == [2, 20, 200]


def test_fourth_derivatives_agree_with_pytorch():
    torch = pytest.importorskip("torch")
    x, u = (
        t.tensor(1.5, dtype=t.float64, requires_grad=True),
        torch.tensor(1.5, dtype=torch.float64, requires_grad=True),
    )

    def f(f, x):
        y = f.tanh(x.sin() * x.exp() / (1 + x * x)) ** 2 + f.nn.functional.softplus(x - 3) * f.sigmoid(-x)
        return y + f.nn.functional.gelu(x) * f.logsumexp(f.stack([x, x * x]), 0)

    y, v = f(t, x), f(torch, u)
    for _ in range(4):
        (y,), (v,) = t.grad(y, x, create_graph=True), torch.autograd.grad(v, u, create_graph=True)
        assert y.item() == pytest.approx(v.item(), rel=1e-9)


def test_create_graph_leaves_gradients_that_can_be_differentiated():
    x = leaf(3)
    (x**3).sum().backward(create_graph=True)
    x.grad.sum().backward()
    np.testing.assert_allclose(x.grad.detach().numpy(), 3 * x.data.numpy() ** 2 + 6 * x.data.numpy())


def test_a_repeated_operand_counts_twice_also_in_fused_operations():
    x = leaf(2, 3, 3)
    y = F.scaled_dot_product_attention(x, x, x).sum()
    fast = t.grad(y, x, retain_graph=True)[0]
    np.testing.assert_allclose(t.grad(y, x, create_graph=True)[0].detach().numpy(), fast.numpy(), rtol=1e-10)


@pytest.mark.parametrize("first", ["pieces", "whole"])
@pytest.mark.parametrize("is_leaf", [True, False])
def test_pieces_of_a_tensor_and_the_whole_add_up(is_leaf, first):
    x = leaf(3, 4)
    h = x if is_leaf else x * 1
    if not is_leaf:
        h.retain_grad()
    whole = (h * 3).sum()
    pieces = (h[0] * 2).sum() + h[1:, ::2].sum() * 5 + h[1, 1] * 7 + h[[2, 2]].sum() + h[None, ..., 3].sum()
    (whole + pieces if first == "whole" else pieces + whole).backward()
    expected = np.full((3, 4), 3.0)
    expected[0] += 2
    expected[1:, ::2] += 5
    expected[1, 1] += 7
    expected[2] += 2
    expected[:, 3] += 1
    np.testing.assert_allclose(h.grad.numpy(), expected)
    kept = x.grad
    (h.detach() * x)[0].sum().backward()  # a second pass adds to the same buffer, and to no other
    expected[0] += h.detach().numpy()[0]
    np.testing.assert_allclose(x.grad.numpy(), expected)
    assert x.grad is kept


def test_a_piece_of_one_number_and_of_a_mixed_type():
    x = t.tensor(2.0, requires_grad=True)
    x[None, ...].sum().backward()
    assert x.grad.item() == 1
    x = t.ones(3, requires_grad=True)
    (t.tensor([1.0], dtype=t.float64) * x[:1]).sum().backward()
    assert x.grad.dtype == t.float32
    assert x.grad.tolist() == [1, 0, 0]


# --- modes ---


def test_no_grad_and_enable_grad_nest_as_blocks_and_decorators():
    x = leaf(1)

    @t.no_grad()
    def inside():
        with t.enable_grad():
            recorded = x * 2
        return recorded.requires_grad, (x * 2).requires_grad

    @t.no_grad
    def bare():
        return (x * 2).requires_grad

    assert (inside(), bare(), (x * 2).requires_grad) == ((True, False), False, True)
    with pytest.raises(ZeroDivisionError), t.no_grad():
        raise ZeroDivisionError
    silent = t.set_grad_enabled(False)(lambda: (x * 2).requires_grad)
    assert t.is_grad_enabled()
    assert (silent(), silent()) == (False, False)
    with t.set_grad_enabled(False):
        assert not t.is_grad_enabled()
    t.set_grad_enabled(False)
    assert not t.is_grad_enabled()
    t.set_grad_enabled(True)
    assert t.is_grad_enabled()


def test_detect_anomaly_names_the_operation_that_made_it_forward_and_backward():
    x = t.tensor([0.0, 1.0], requires_grad=True)
    with t.detect_anomaly():
        with pytest.raises(RuntimeError, match="function 'log' returned inf values"):
            x.log() + 1
        with pytest.raises(RuntimeError, match="function 'sqrt' returned in its backward pass inf values"):
            x.sqrt().sum().backward()
        with pytest.raises(RuntimeError, match="function 'sqrt' returned in its backward pass inf values"):
            x.sqrt()[:1].sum().backward()
        x.masked_fill(t.tensor([True, False]), float("-inf")).softmax(0).sum().backward()
    x.log()


def test_detect_anomaly_names_the_operation_that_made_nan_of_infinities():
    x, weights = t.tensor([0.0, 1.0], requires_grad=True), t.tensor([1.0, 2.0], requires_grad=True)
    with t.detect_anomaly():
        hidden = x.masked_fill(t.tensor([True, True]), float("-inf"))
        with pytest.raises(RuntimeError, match=r"function 'softmax' returned nan values, shape \(2,\)"):
            (hidden.softmax(0) * weights).sum().backward()
        with pytest.raises(RuntimeError, match="function 'sub' returned nan values"):
            hidden - hidden
        made_before = t.tensor([float("nan"), 1.0]) * weights  # a nan that came in is not this operation's
    assert made_before.isnan().tolist() == [True, False]


# --- in place ---


def test_in_place_changes_are_part_of_the_graph():
    x, w = leaf(3), leaf(3, seed=1)
    y = x * 1
    y += w
    y *= 2
    y[0] = w[1] * 3
    y[1:] -= 1
    y.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), [0, 2, 2])
    np.testing.assert_allclose(w.grad.numpy(), [0, 5, 2])


def test_names_that_end_in_an_underscore_write_into_the_tensor():
    x = t.zeros(3)
    view = x[1:]
    x.add_(2).mul_(3).sub_(t.ones(3)).clamp_(max=4.5)
    view.fill_(7)
    assert x.tolist() == [4.5, 7, 7]
    assert x.copy_(t.arange(3)).zero_().tolist() == [0, 0, 0]
    t.manual_seed(0)
    assert x.normal_(5, 0.1).mean().item() == pytest.approx(5, abs=0.3)
    assert 2 <= x.uniform_(2, 3).min().item() <= x.max().item() < 3


def test_a_saved_value_that_changes_in_place_is_an_error_that_names_it():
    x, w = leaf(3), leaf(3)
    for change in (
        lambda y: y.add_(1), lambda y: y.__setitem__(0, 5.0), lambda y: y[1:].mul_(2), lambda y: y.detach().zero_(),
    ):  # fmt: skip
        y = x * 1
        z = y * w
        change(y)
        with pytest.raises(
            RuntimeError, match=r"modified by an inplace operation: .* mul needs .*\(3,\).* version 1; exp"
        ):
            z.sum().backward()
    y = x.exp()
    z = y * 1
    with t.no_grad():
        y += 1
    with pytest.raises(RuntimeError, match="the gradient of exp needs"):
        z.sum().backward()


def test_an_optimizer_step_between_forward_and_backward_is_noticed():
    x, w = leaf(3), leaf(3)
    y = (x * w).sum()
    w.data -= 0.1
    with pytest.raises(RuntimeError, match="is at version 2; expected version 0"):
        y.backward()


def test_a_change_of_what_no_vjp_needs_is_allowed():
    x, w = leaf(3), leaf(3)
    y = x * 1
    z = (y + w) - y.sum()
    y += 1
    z.sum().backward()
    assert w.grad.tolist() == [1, 1, 1]


def test_a_change_through_a_view_of_a_tensor_that_is_gone_raises():
    class Same(t.Function):
        @staticmethod
        def forward(ctx, x):
            return x

    w, x = leaf(3), leaf(3) * 1
    first = x[0]
    Same.apply(x)  # the result, which is gone, took over the memory
    first += w[0]
    with pytest.raises(RuntimeError, match="another view of a tensor that is gone"):
        x.sum()
    first.backward()
    assert w.grad.tolist() == [1, 0, 0]
    frozen = t.nn.Parameter(t.ones(3) * 2, requires_grad=False)  # whose memory was another tensor's
    frozen[0].add_(w[1])
    (frozen * frozen).sum().backward()
    assert w.grad.tolist() == [1, 2 * frozen[0].item(), 0]


def test_a_view_keeps_what_it_is_a_view_of_and_a_detached_one_does_not():
    x, w = leaf(2, 3), leaf(3)
    first, second = (x * 1).unbind()
    first += w
    (first * first + second).sum().backward()
    assert w.grad.tolist() == (2 * first).tolist() and x.grad.tolist() == [(2 * first).tolist(), [1, 1, 1]]
    y = x * 1
    alive, seen, detached = weakref.ref(y.node), y[0], y.detach()[0]
    del y, seen
    assert alive() is None and detached.tolist() == x[0].tolist()


def test_what_reads_a_graph_knows_of_changes_through_views():
    x = leaf(2)
    y = x * 1
    v = y[0]
    y.mul_(2)
    v.backward()
    assert x.grad.tolist() == [2, 0]
    y = x * 1
    y[0].mul_(3)
    y.backward(t.ones(2))
    assert x.grad.tolist() == [5, 1]
    y = t.zeros(2)
    assert not y.requires_grad
    y[0].copy_(x[0])
    assert y.requires_grad
    assert not y.is_leaf
    with pytest.raises(RuntimeError, match="detach"):
        y.numpy()
    z = t.zeros(2)
    z[:] = y
    z.sum().backward()
    assert x.grad.tolist() == [6, 1]


def test_sums_of_many_rows_keep_their_digits():
    b = t.zeros(2, requires_grad=True)
    (t.zeros(1_000_000, 2) + b).backward(t.full((1_000_000, 2), 0.1))
    np.testing.assert_allclose(b.grad.numpy(), 100_000, rtol=1e-5)


def test_the_first_gradient_takes_the_type_of_the_tensor():
    x = t.ones(2, requires_grad=True)
    (x * 1).backward(t.ones(2, dtype=t.float64))
    assert x.grad.dtype == t.float32


# --- errors, in PyTorch's words ---


def freed():
    y = (leaf(2) ** 2).sum()
    y.backward()
    y.backward()


def forgotten():
    x = leaf(2)
    y = x.exp()
    x.data = np.zeros(3)
    return y


@pytest.mark.parametrize(
    ("attempt", "error", "words"),
    [
        (lambda: (leaf(2) * 1).backward(), RuntimeError, r"implicitly created only for scalar outputs.*\(2,\)"),
        (lambda: t.ones(1).backward(), RuntimeError, "does not require grad and does not have a grad_fn"),
        (lambda: (leaf(2) * 1).backward(t.ones(3)), RuntimeError, r"Mismatch in shape: .*\(3,\).*\(2,\)"),
        (freed, RuntimeError, "backward through the graph a second time"),
        (lambda: t.grad(leaf(1).sum(), leaf(1)), RuntimeError, "appears to not have been used in the graph"),
        (lambda: t.grad(leaf(1).sum(), t.ones(1)), RuntimeError, "One of the differentiated Tensors does not require"),
        (lambda: t.tensor([1, 2], requires_grad=True), RuntimeError, "floating point .*can require gradients.*int64"),
        (lambda: leaf(2).add_(1), RuntimeError, "a leaf Variable that requires grad is being used in an in-place"),
        (lambda: leaf(2)[0].add_(1), RuntimeError, "a view of a leaf Variable that requires grad"),
        (lambda: leaf(2).__setitem__(0, 1), RuntimeError, "a leaf Variable that requires grad"),
        (lambda: leaf(2).numpy(), RuntimeError, r"Can't call numpy\(\) on Tensor that requires grad"),
        (lambda: np.asarray(leaf(2)), RuntimeError, r"Can't call numpy\(\) on Tensor that requires grad"),
        (lambda: setattr(leaf(2) * 1, "requires_grad", False), RuntimeError, "you can only change requires_grad flags"),
        (lambda: copy.deepcopy(leaf(2) * 1), RuntimeError, "Only Tensors created explicitly by the user"),
        (lambda: t.ones(2).retain_grad(), RuntimeError, "can't retain_grad on Tensor that has requires_grad=False"),
        (lambda: t.ones(2, 3) + t.ones(4), RuntimeError,
         r"add: shapes \(2, 3\) and \(4,\): The size of tensor a \(3\) must match the size of tensor b \(4\) at non-s"),
        (lambda: t.ones(3).expand(2, 3).add_(1), RuntimeError, r"clone\(\) the tensor before performing"),
        (lambda: t.ones(3).add_(t.ones(2, 3)), RuntimeError, "doesn't match the broadcast shape"),
        (lambda: t.ones(3).long().add_(1.5), RuntimeError, "result type Float can't be cast to .* type Long"),
        (lambda: t.ones(2, 3) @ t.ones(2, 3), RuntimeError, r"matmul: .* multiplied \(\(2, 3\) and \(2, 3\)\)"),
        (lambda: t.ones(2, 2) @ t.ones(2, 2).double(), Exception, "expected m1 and m2 to have the same dtype"),
        (lambda: F.linear(t.ones(2, 3), t.ones(4, 5)), RuntimeError, "linear: .*cannot be multiplied"),
        (lambda: F.linear(t.tensor(1.0), t.ones(4, 5)), RuntimeError, "linear: .*cannot be multiplied"),
        (lambda: F.linear(t.ones(2, 3), t.ones(3)), RuntimeError, r"linear: weight must be a matrix \(out, in\)"),
        (lambda: F.linear(t.ones(2, 3), t.ones(4, 3).double()), RuntimeError, "linear: expected .* same dtype"),
        (lambda: F.linear([[1.0]], t.ones(4, 1)), TypeError, "linear: expected Tensors, got list and Tensor"),
        (lambda: F.conv2d(t.ones(1, 1, 3, 3), t.ones(1, 1, 2, 2).double()), RuntimeError, "conv2d: .* same dtype"),
        (lambda: t.ones(2).expand(3), RuntimeError, r"expand: the shape \(2,\) does not expand to \(3,\)"),
        (lambda: t.ones(2).expand(-1, 2), RuntimeError, r"expand: the shape \(2,\) does not expand to \(-1, 2\)"),
        (lambda: t.ones(2, 3).expand(3), RuntimeError, r"expand: the shape \(2, 3\) does not expand to \(3,\)"),
        (lambda: t.ones(3).tril(), RuntimeError, r"tril: .* at least 2 dimensions, got shape \(3,\)"),
        (lambda: t.ones(3).triu(), RuntimeError, r"triu: .* at least 2 dimensions, got shape \(3,\)"),
        (lambda: t.ones(0, 3).amax(0), IndexError, r"amax\(\): Expected reduction dim 0 to have non-zero size"),
        (lambda: t.ones(0, 0).amin((0, 1)), IndexError, r"amin\(\): Expected reduction dim \(0, 1\) to have non-z"),
        (lambda: t.ones(2).sum(dim=0, axis=0), TypeError, r"sum\(\) got both 'dim' and 'axis'"),
        (lambda: t.ones(2).sum(0, axis=0), TypeError, "multiple values for argument 'dim'"),
        (lambda: t.ones(2).sum(1), IndexError, r"out of range \(expected to be in range of \[-1, 0\], but got 1"),
        (lambda: t.ones(2)[2], IndexError, "out of bounds"),
        (lambda: t.ones(2)[t.ones(1)], IndexError, "tensors used as indices must be long"),
        (lambda: t.ones(6).view(4), RuntimeError, "invalid for input of size 6"),
        (lambda: t.ones(6).reshape(-2, -3), RuntimeError, r"reshape: shape '\[-2, -3\]' is invalid for input"),
        (lambda: t.ones(6).reshape(-1, -1), RuntimeError, r"reshape: shape '\[-1, -1\]' is invalid for input"),
        (lambda: t.ones(0).reshape(0, -1), RuntimeError, r"reshape: shape '\[0, -1\]' is invalid for input of size 0"),
        (lambda: t.ones(2, 3).T.view(6), RuntimeError, "view size is not compatible"),
        (lambda: t.arange(3).mean(), RuntimeError, "Input dtype must be either a floating point.*Long"),
        (lambda: bool(t.ones(2)), RuntimeError, "Boolean value of Tensor with 2 values is ambiguous"),
        (lambda: t.ones(2).item(), RuntimeError, "a Tensor with 2 elements cannot be converted to Scalar"),
        (lambda: len(t.tensor(1)), TypeError, "0-d tensor"),
        (lambda: t.ones(2) + "1", TypeError, r"add: expected a Tensor or a number, got '1' \(str\)"),
        (lambda: t.tensor("text"), TypeError, "cannot make a tensor of .*'text'"),
        (lambda: t.tensor([1j]), TypeError, "cannot make a tensor of complex128"),
        (lambda: t.tensor([[1], [1, 2]]), ValueError, "lists of different lengths"),
        (lambda: F.cross_entropy(t.ones(2, 3), t.tensor([0, 3])), IndexError, "Target 3 is out of bounds: .* 3 cl"),
        (lambda: F.cross_entropy(t.ones(2, 3), t.tensor([0])), ValueError, r"Expected target shape \(2,\)"),
        (lambda: t.linalg.inv(t.zeros(2, 2)), RuntimeError, r"inv: shapes \(2, 2\): Singular matrix"),
        (lambda: F.conv2d(t.ones(1, 2, 4, 4), t.ones(1, 3, 2, 2)), RuntimeError, "to have 3 channels, but got 2"),
        (lambda: t.multinomial(t.zeros(2), 1), RuntimeError, "invalid multinomial"),
        (lambda: np.fft.fft(leaf(2)), TypeError, r"numpy.fft has no derivative here .* x.detach\(\).numpy\(\)"),
        (lambda: np.frexp(leaf(2)), TypeError, "numpy.frexp has no derivative here"),
        (lambda: np.add.accumulate(leaf(2)), TypeError, "numpy.add.accumulate has no derivative"),
    ],
)  # fmt: skip
def test_errors_say_what_is_wrong(attempt, error, words):
    with pytest.raises(error, match=words):
        attempt()


# --- NumPy ---


def test_numpy_functions_on_tensors_are_recorded():
    x = leaf(3, 3)
    for y, expected in (
        (np.sin(x), np.cos(x.data.numpy())), (np.exp(x) * np.float64(2), 2 * np.exp(x.data.numpy())),
        (np.sum(x * x, axis=0), 2 * x.data.numpy()), (np.where(x > 0, x, 0.0), (x.data.numpy() > 0) * 1.0),
        (np.ones(3) * x, np.ones((3, 3))), (np.concatenate([x, x]), np.full((3, 3), 2.0)),
        (np.transpose(x)[0], np.eye(3)[[0, 0, 0]].T * 0 + (np.arange(3) == 0)[None, :]),
        (np.einsum("ij->", x), np.ones((3, 3))), (np.maximum(x, 0), (x.data.numpy() > 0) * 1.0),
    ):  # fmt: skip
        assert isinstance(y, t.Tensor)
        np.testing.assert_allclose(t.grad(y.sum(), x)[0].numpy(), expected)


def test_numpy_functions_without_a_gradient_give_tensors_without_one():
    x = leaf(3)
    assert not np.isnan(x).requires_grad
    assert np.shape(x) == (3,)
    assert np.argmax(x).item() == x.data.numpy().argmax()


def test_an_array_takes_a_tensor_in_place_only_if_no_gradient_is_lost():
    array = np.ones(2)
    array -= t.ones(2) * 0.5
    assert array.tolist() == [0.5, 0.5]
    with pytest.raises(TypeError, match="has no derivative here"):
        array -= leaf(2)


# --- functions with rules of their own ---


class Exp(t.Function):
    @staticmethod
    def forward(ctx, x, scale):
        y = (x * scale).exp()
        ctx.save_for_backward(y)
        ctx.scale = scale
        return y

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g * y * ctx.scale, None


class Both(t.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x, x.sin()

    @staticmethod
    def backward(ctx, g_square, g_sine):
        (x,) = ctx.saved_tensors
        return 2 * x * g_square + g_sine * x.cos()


def test_a_function_has_the_derivative_that_it_defines_to_any_order():
    x = leaf(3)
    y = Exp.apply(x, 2.0)
    (g,) = t.grad(y.sum(), x, create_graph=True)
    (h,) = t.grad(g.sum(), x, create_graph=True)
    np.testing.assert_allclose(g.detach().numpy(), 2 * y.data.numpy())
    np.testing.assert_allclose(h.detach().numpy(), 4 * y.data.numpy())


def test_a_function_of_several_results_gets_a_gradient_for_each():
    x = leaf(3)
    square, sine = Both.apply(x)
    (square * sine).sum().backward()
    np.testing.assert_allclose(
        x.grad.numpy(), 2 * x.data.numpy() * np.sin(x.data.numpy()) + x.data.numpy() ** 2 * np.cos(x.data.numpy())
    )
    (g,) = t.grad(Both.apply(x)[0].sum(), x)
    np.testing.assert_allclose(g.numpy(), 2 * x.data.numpy())


def test_a_function_is_told_how_many_gradients_it_owes():
    class Wrong(t.Function):
        forward = staticmethod(lambda ctx, x: x * 1)
        backward = staticmethod(lambda ctx, g: (g, g))

    with pytest.raises(
        RuntimeError, match="WrongBackward returned an incorrect number of gradients .expected 1, got 2"
    ):
        Wrong.apply(leaf(2)).sum().backward()


def test_an_entry_of_ones_own():
    cube = t.primitive(lambda x: x**3, x=lambda g, x: g * 3 * x**2, name="cube")
    x = leaf(3)
    (g,) = t.grad(cube(x).sum(), x, create_graph=True)
    (h,) = t.grad(g.sum(), x)
    np.testing.assert_allclose(h.numpy(), 6 * x.data.numpy())
    wrong = t.primitive(lambda x: x**3, x=lambda g: np.ones(7), name="cube")
    with pytest.raises(
        RuntimeError, match=r"cube: a VJP returned a gradient of shape \(7,\) for an input of shape \(3,\)"
    ):
        wrong(x).sum().backward()


def test_a_function_that_returns_what_it_saved_or_got_notices_changes():
    class Exp(t.Function):
        @staticmethod
        def forward(ctx, x):
            y = x.exp()
            ctx.save_for_backward(y)
            return y

        @staticmethod
        def backward(ctx, g):
            return g * ctx.saved_tensors[0]

    class Same(t.Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, g):
            return g

    x = leaf(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        Exp.apply(x).mul_(2).sum().backward()
    a = x * 1
    squared = a * a
    Same.apply(a).add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        squared.sum().backward()


def test_no_gradient_shares_memory_with_another_one_or_with_what_the_pass_started_from():
    x, w, start = leaf(3), leaf(3), t.ones(3)
    (x + w.reshape(3)).backward(start)
    arrays = [x.grad._data, w.grad._data, start._data]
    for i, array in enumerate(arrays):
        assert not any(np.shares_memory(array, other) for other in arrays[i + 1 :])


def test_numbers_that_a_rule_returns_as_they_are_stay_as_they_are():
    half_square = t.primitive(lambda x: (x * x).sum() / 2, x=lambda x: x, name="half_square")
    x = leaf(3)
    z = x * 1
    before = z._data.copy()
    (half_square(z) + half_square(z) + half_square(z)).backward()
    assert z._data.tolist() == before.tolist()
    assert x.grad.tolist() == (3 * before).tolist()


def test_slices_of_one_tensor_are_added_up_in_one_array():
    x = t.zeros(1000, 8, requires_grad=True)
    tracemalloc.start()
    sum(x[i].sum() for i in range(1000)).backward()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert x.grad.tolist() == [[1.0] * 8] * 1000
    assert peak < 200 * x._data.nbytes  # an array for each slice would be 1,000 of them


def test_a_primitive_names_its_inputs_and_may_read_their_size():
    mean = t.primitive(
        lambda x: x.mean(), x=lambda g, like_x: np.broadcast_to(g / like_x.size, like_x.shape), name="own_mean"
    )
    x = leaf(4)
    mean(x).backward()
    assert x.grad.tolist() == [0.25] * 4
    with pytest.raises(TypeError, match="nameless: the rule for 'a' reads 'xs', which is unknown"):
        t.primitive(lambda a, b: a * b, a=lambda g, *xs: g, b=lambda g, *xs: g, name="nameless")


# --- products with Jacobians ---


def test_jacobians_and_their_products_agree_with_pytorch():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    x, y, v, w = (rng.standard_normal(n) for n in (3, 3, 3, 3))

    def functions(f):
        return lambda a, b: ((a * b).sin() * f.sum(a), f.exp(b)), lambda a, b: (a * a * b).sum() * b.sum()

    results = []
    for f, make in ((t, t.tensor), (torch, torch.tensor)):
        several, one = functions(f)
        a, b, c, d = map(make, (x, y, v, w))
        functional = f.autograd.functional
        results.append([
            functional.vjp(several, (a, b), (c, d)), functional.jvp(several, (a, b), (c, d)),
            functional.hvp(one, (a, b), (c, d)), functional.jacobian(several, (a, b)), functional.hessian(one, (a, b)),
            functional.jacobian(f.exp, a), functional.hessian(lambda a: (a**3).sum(), a),
        ])  # fmt: skip

    def same(mine, theirs):
        if isinstance(mine, tuple):
            assert len(mine) == len(theirs)
            for a, b in zip(mine, theirs, strict=True):
                same(a, b)
        else:
            np.testing.assert_allclose(mine.numpy(), theirs.numpy(), rtol=1e-9, atol=1e-12)

    same(tuple(results[0]), tuple(results[1]))


# --- chance ---


def test_random_numbers_repeat_with_the_seed_and_generators_are_apart():
    t.manual_seed(3)
    first = [t.rand(3), t.randn(2), t.randint(10, (4,)), t.randperm(5), t.bernoulli(t.full((5,), 0.5))]
    own = t.Generator().manual_seed(3)
    t.manual_seed(3)
    t.rand(2, generator=own)
    again = [t.rand(3), t.randn(2), t.randint(10, (4,)), t.randperm(5), t.bernoulli(t.full((5,), 0.5))]
    assert all(t.equal(a, b) for a, b in zip(first, again, strict=True))
    assert own.initial_seed() == 3
    assert [x.dtype for x in first] == [t.float32, t.float32, t.int64, t.int64, t.float32]


def test_random_numbers_have_the_right_distributions():
    t.manual_seed(0)
    assert t.rand(20000).mean().item() == pytest.approx(0.5, abs=0.02)
    assert t.randn(20000).std().item() == pytest.approx(1, abs=0.03)
    assert t.normal(2.0, 3.0, (20000,)).std().item() == pytest.approx(3, abs=0.1)
    assert t.randn_like(t.ones(3).double()).dtype == t.float64
    assert t.rand_like(t.ones(3)).shape == (3,)
    assert sorted(t.randperm(50).tolist()) == list(range(50))
    assert set(t.randint(2, 5, (200,)).tolist()) == {2, 3, 4}
    weights = t.tensor([[1.0, 0, 3], [0, 1, 0]])
    draws = t.multinomial(weights, 4000, replacement=True)
    assert (draws[0] == 2).to(t.float32).mean().item() == pytest.approx(0.75, abs=0.03)
    assert set(draws[1].tolist()) == {1}
    assert sorted(t.multinomial(t.tensor([1.0, 2, 3]), 3).tolist()) == [0, 1, 2]
    dropped = F.dropout(t.ones(20000), 0.25)
    assert dropped.mean().item() == pytest.approx(1, abs=0.02)
    assert set(np.unique(dropped.numpy())) == {np.float32(0), np.float32(1 / 0.75)}
    assert rng_of(None) is not rng_of(t.Generator())


def test_dropout_in_attention_keeps_the_mean():
    t.manual_seed(0)
    q = k = t.zeros(1, 1, 200)
    v = t.ones(1, 1, 1)
    y = [F.scaled_dot_product_attention(q, k, v, dropout_p=0.5).item() for _ in range(400)]
    assert set(y) == {0.0, 2.0}
    assert np.mean(y) == pytest.approx(1, abs=0.2)


# --- size, memory, repeatability ---


@pytest.mark.parametrize("depth", [100_000])
def test_long_chains_and_wide_fans_work(depth):
    x, one = t.tensor(0.5, requires_grad=True), t.tensor(1.0, requires_grad=True)
    chain = x
    for _ in range(depth):
        chain = chain + one
    chain.backward()
    assert (x.grad.item(), one.grad.item()) == (1, depth)
    fan = t.stack([x] * depth).sum() + t.cat([one.reshape(1)] * 1000).sum()
    assert t.grad(fan, x, create_graph=True)[0].item() == depth
    del chain, fan


def work():
    x = leaf(8, 8)
    y = x
    for _ in range(20):
        y = F.layer_norm(F.gelu((y @ x).tanh()), (8,)) + x[0]
    loss = F.cross_entropy(y, t.arange(8))
    loss.backward(retain_graph=True)
    (g,) = t.grad(loss, x, create_graph=True)
    t.grad((g * g).sum(), x)
    Exp.apply(x, 0.1).sum().backward()
    Both.apply(x)[1].sum().backward()
    z = x * 1
    z[0] += 1
    z.sum().backward()


def test_a_dropped_graph_leaves_nothing_to_the_garbage_collector():
    work()
    gc.collect()
    gc.freeze()  # what other tests have left is not counted
    gc.disable()
    try:
        work()
        assert gc.collect() == 0
    finally:
        gc.enable()


PROGRAM = """
import autograd.tensor as t
t.manual_seed(0)
x, w = t.randn(32, 16), t.randn(8, 16, requires_grad=True)
for _ in range(5):
    loss = t.nn.functional.cross_entropy(t.nn.functional.linear(x, w).tanh(), t.randint(8, (32,)))
    w.grad = None
    loss.backward()
    w.data -= w.grad.data
print(w.data.numpy().tobytes().hex())
"""


def in_a_process(program, *options, **env):
    command = [sys.executable, *options, "-c", program]
    env = os.environ | {"PYTHONPATH": str(ROOT)} | env
    return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout


def test_runs_are_bit_identical_across_processes():
    assert in_a_process(PROGRAM, PYTHONHASHSEED="1") == in_a_process(PROGRAM, PYTHONHASHSEED="2")


def test_the_engine_needs_nothing_but_numpy():
    # -S: without what the environment itself imports when Python starts; all else that can be imported here still can.
    program = f"import sys; sys.path += {sys.path}; import autograd.tensor; print(*sys.modules)"
    loaded = {name.split(".")[0] for name in in_a_process(program, "-S").split()} - set(sys.stdlib_module_names)
    assert {name for name in loaded if not name.startswith("_")} <= {"autograd", "numpy", "cython_runtime"}


def test_inf_and_nan_make_no_warnings():
    program = "import autograd.tensor as t; print(t.log(t.zeros(1)) - t.log(t.zeros(1)), t.ones(1) / 0)"
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("tensor([nan]) tensor([inf])\n", "")


def test_values_that_no_vjp_reads_are_not_kept():
    import weakref

    x = leaf(3)
    y = x * 2
    array = weakref.ref(y.data.numpy())
    z = (y + x).sum() + y.relu().sum()
    del y
    assert array() is None
    z.backward()
    np.testing.assert_allclose(x.grad.numpy(), 3 + 2 * (x.data.numpy() > 0))


def test_leaves_can_be_copied_with_what_belongs_to_them():
    class Parameter(t.Tensor):
        pass

    x = Parameter(np.ones(2), requires_grad=True)
    x.label, x.grad = "w", t.ones(2)
    other = copy.deepcopy(x)
    other.data += 1
    assert (type(other), other.label, other.requires_grad, other.grad.tolist(), x.tolist()) == (
        Parameter, "w", True, [1, 1], [1, 1],
    )  # fmt: skip


def test_a_graph_can_be_drawn():
    x, w = leaf(3, 4), leaf(4)
    source = draw_dot((x * w).sum()).source
    assert all(part in source for part in ("mul", "sum", "(3, 4)", "(4,)"))


def test_gradients_with_graphs_have_memory_of_their_own():
    a, b = (t.tensor([1.0, 2.0], requires_grad=True) for _ in range(2))
    s = (a + b).sigmoid()
    s.retain_grad()
    (a + b + s).sum().backward(create_graph=True)
    first = b.grad.tolist()
    (a * 2 + s).sum().backward()  # adds to a.grad in place, which must not be b.grad nor one repeated number
    slope = (s * (1 - s)).tolist()
    np.testing.assert_allclose(b.grad.tolist(), np.add(first, slope))
    np.testing.assert_allclose(a.grad.tolist(), np.add(b.grad.tolist(), 2))
    assert s.grad.tolist() == [2, 2]
