"""The scalar engine: what a Value records, what backward passes leave behind, and what mistakes are told."""

import copy
import gc
import math
import os
import pickle
import subprocess
import sys

import pytest
from notebook_files import ROOT

from autograd.scalar import Value, exp, grad, no_grad, sin, tanh


def numbers(values):
    return [value.data for value in values]


@pytest.mark.parametrize(
    ("compute", "op", "data"),
    [
        (lambda x, y: x + y, "+", 5.0),
        (lambda x, y: x - y, "-", 1.0),
        (lambda x, y: x * y, "*", 6.0),
        (lambda x, y: x / y, "/", 1.5),
        (lambda x, y: x**y, "**", 9.0),
    ],
)
def test_operators_record_operation_and_parents_in_the_order_written(compute, op, data):
    for x, y in ((Value(3.0), Value(2.0)), (3, Value(2.0)), (Value(3.0), 2)):
        node = compute(x, y)
        assert (node.op, node.data, numbers(node.parents)) == (op, data, [3.0, 2.0])


def test_a_repeated_operand_is_a_parent_twice():
    a = Value(3.0)
    node = a * a
    assert node.parents == (a, a)
    assert node.local_gradients == (3.0, 3.0)


def test_leaves_have_no_operation_and_no_parents():
    leaf = Value(2, label="x")
    assert (leaf.data, leaf.grad, leaf.op, leaf.parents, leaf.local_gradients) == (2.0, 0.0, "", (), ())
    assert type(leaf.data) is float


def test_constants_have_no_gradient():
    x = Value(-2.0)
    for y in (x**2 + 3 * x, Value.sum([x, 4.0]), Value.dot([x], [5.0])):
        y.backward()
        stack = [y]
        for node in stack:
            stack += node.parents
        assert [node.grad for node in stack if node.is_constant] == [0.0] * sum(n.is_constant for n in stack)


def test_sum_and_dot_are_one_node_each():
    xs, ys = [Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]
    total, product = Value.sum(xs), Value.dot(xs, ys)
    assert (total.op, total.data, total.parents) == ("sum", 3.0, tuple(xs))
    assert (product.op, product.data, product.parents) == ("dot", 11.0, (*xs, *ys))
    assert product.local_gradients == (3.0, 4.0, 1.0, 2.0)
    assert (Value.sum([]).data, Value.dot([], []).data) == (0.0, 0.0)


def test_comparisons_compare_numbers_and_keys_compare_identity():
    a, b = Value(2.0), Value(2.0)
    assert a == b and a == 2 and a <= b and a < 3 and 3 > a and a != 1.0 and a is not None  # noqa: PT018
    assert not a == "2"
    assert len({a, b, a}) == 2
    assert max([Value(1.0), a]) is a


def test_backward_adds_over_paths():
    a = Value(1.0)
    b = a + a
    c = b + b
    c.backward()
    assert (a.grad, b.grad, c.grad) == (4.0, 2.0, 1.0)


def test_leaves_accumulate_from_pass_to_pass_and_inner_nodes_do_not():
    x = Value(3.0)
    y = x * x
    z = y * 2
    z.backward()
    z.backward()
    assert (x.grad, y.grad, z.grad) == (24.0, 2.0, 1.0)


def test_two_losses_on_one_trunk_add_up_in_the_leaves():
    x = Value(2.0)
    trunk = x * x
    first, second = trunk * 3, trunk.exp()
    first.backward()
    second.backward()
    assert x.grad == pytest.approx(12 + 4 * math.exp(4))
    assert trunk.grad == pytest.approx(math.exp(4))


def test_backward_can_start_from_another_gradient_and_on_a_leaf():
    x = Value(2.0)
    (x * 5).backward(0.5)
    x.backward()
    assert x.grad == 3.5


def test_zero_grad_clears_the_graph_below():
    x, w = Value(2.0), Value(3.0)
    y = (x * w).tanh()
    y.backward()
    y.zero_grad()
    assert [x.grad, w.grad, y.grad, y.parents[0].grad] == [0.0] * 4


def test_no_grad_records_nothing_even_after_an_exception():
    x = Value(2.0)
    with no_grad():
        with no_grad():
            inner = x * x
        outer = Value.sum([x, x]) + x.tanh()
    with pytest.raises(ZeroDivisionError), no_grad():
        x / 0
    assert [inner.parents, outer.parents, (x + 1).op] == [(), (), "+"]


def test_grad_returns_what_it_was_asked_for_and_leaves_gradients_alone():
    x, w, unused = Value(2.0), Value(3.0), Value(1.0)
    inner = x * w
    y = inner * inner
    assert grad(y, x).data == 36.0
    assert numbers(grad(y, [w, inner, unused, y, w])) == [24.0, 12.0, 0.0, 1.0, 24.0]
    assert [x.grad, w.grad, inner.grad, y.grad] == [0.0] * 4
    assert grad(y, x).parents == ()


@pytest.mark.parametrize(
    ("f", "derivatives"),
    [
        (lambda x: x**5, lambda x: [5 * x**4, 20 * x**3, 60 * x**2, 120 * x]),
        (sin, lambda x: [math.cos(x), -math.sin(x), -math.cos(x), math.sin(x)]),
        (lambda x: exp(2 * x), lambda x: [2**n * math.exp(2 * x) for n in (1, 2, 3, 4)]),
        (lambda x: 1 / x, lambda x: [-(x**-2), 2 * x**-3, -6 * x**-4, 24 * x**-5]),
        (lambda x: x.log(), lambda x: [1 / x, -(x**-2), 2 * x**-3, -6 * x**-4]),
        (lambda x: Value.dot([x, x], [x, 3.0]), lambda x: [2 * x + 3, 2, 0, 0]),
        (lambda x: x.sqrt() * x.sqrt(), lambda x: [1, 0, 0, 0]),
    ],
)
def test_derivatives_are_exact_to_fourth_order(f, derivatives):
    x = Value(0.7)
    y = f(x)
    for expected in derivatives(0.7):
        y = grad(y, x, create_graph=True)
        assert y.data == pytest.approx(expected, rel=1e-13, abs=1e-12)


def test_fourth_derivatives_of_a_mixed_expression_agree_with_pytorch():
    torch = pytest.importorskip("torch")
    x, t = Value(1.5), torch.tensor(1.5, dtype=torch.float64, requires_grad=True)
    y = tanh(x.sin() * x.exp() / (1 + x * x)) ** 2 + (x - 3).softplus() * (-x).sigmoid()
    u = torch.tanh(t.sin() * t.exp() / (1 + t * t)) ** 2
    u = u + torch.nn.functional.softplus(t - 3) * torch.sigmoid(-t)
    for _ in range(4):
        y = grad(y, x, create_graph=True)
        (u,) = torch.autograd.grad(u, t, create_graph=True)
        assert y.data == pytest.approx(u.item(), rel=1e-12)


def test_numpy_numbers_work_on_both_sides():
    numpy = pytest.importorskip("numpy")
    x = Value(2.0)
    for number in (numpy.float64(3), numpy.float32(3), numpy.int64(3)):
        for y in (number * x, x * number, number - x + x + x + 1):
            assert type(y) is Value
            assert y.data == 6.0


def test_functions_of_math_refuse_a_value_instead_of_dropping_its_graph():
    with pytest.raises(TypeError, match="real number, not Value"):
        math.exp(Value(1.0))


@pytest.mark.parametrize(
    ("attempt", "error", "words"),
    [
        (lambda x: Value("3"), TypeError, r"Value\(data\) needs a real number, got '3'; convert it"),
        (lambda x: Value(None), TypeError, "got None"),
        (lambda x: Value(1j), TypeError, "got 1j"),
        (lambda x: Value(x), TypeError, r"got Value\(2.0\); use its .data"),
        (lambda x: x + "1", TypeError, r"\+ needs Values or plain numbers, got '1' \(str\)"),
        (lambda x: [1] * x, TypeError, r"\* needs Values or plain numbers, got \[1\] \(list\)"),
        (lambda x: x.max("1"), TypeError, "max needs Values or plain numbers, got '1'"),
        (lambda x: Value.sum([x, "1"]), TypeError, "needs Values or plain numbers, got '1'"),
        (lambda x: Value.dot([x], []), ValueError, "two lists of the same length, got 1 and 0"),
        (lambda x: (-x).log(), ValueError, r"cannot compute log\(-2.0\): log needs a number above 0"),
        (lambda x: (x - 2).log(), ValueError, r"cannot compute log\(0.0\)"),
        (lambda x: (-x).sqrt(), ValueError, r"cannot compute sqrt\(-2.0\): sqrt needs a number of 0 or more"),
        (lambda x: x / 0, ZeroDivisionError, "cannot compute 2.0 / 0.0: the divisor must not be 0"),
        (lambda x: 1 / (x - 2), ZeroDivisionError, "cannot compute 1.0 / 0.0"),
        (lambda x: (400 * x).exp(), OverflowError, r"cannot compute exp\(800.0\): its result is too large"),
        (lambda x: (-x) ** 0.5, ValueError, r"cannot compute -2.0 \*\* 0.5: a negative base needs a whole exponent"),
        (lambda x: 0 ** (-x), ZeroDivisionError, r"cannot compute 0.0 \*\* -2.0"),
        (lambda x: grad(x, 3.0), TypeError, "grad"),
        (lambda x: grad(3.0, x), TypeError, r"grad\(y, xs\) needs Values, got 3.0 \(float\)"),
    ],
)
def test_errors_name_the_operation_and_the_value(attempt, error, words):
    with pytest.raises(error, match=words):
        attempt(Value(2.0))


@pytest.mark.parametrize("depth", [100_000])
def test_long_chains_and_wide_sums_work(depth):
    x, one = Value(1.0), Value(1.0)
    chain = x
    for _ in range(depth):
        chain = chain + one
    chain.backward()
    assert (chain.data, x.grad, one.grad) == (depth + 1.0, 1.0, depth)
    leaves = [Value(1.0) for _ in range(depth)]
    total = Value.sum(leaves)
    total.backward()
    assert (total.data, {leaf.grad for leaf in leaves}) == (depth, {1.0})
    assert grad(chain, x, create_graph=True).data == 1.0


def test_a_dropped_graph_leaves_nothing_to_the_garbage_collector():
    def work():
        x = Value(0.5)
        y = x
        for _ in range(100):
            y = (y * x + 1).tanh() + Value.dot([x, y], [y, x])
        y.backward()
        grad(grad(y, x, create_graph=True), x)
        with pytest.raises(ZeroDivisionError):
            y / 0

    work()
    gc.collect()
    gc.freeze()  # what other tests have left is not counted
    gc.disable()
    try:
        work()
        # pytest's own record of the expected error may leave a handful of objects; a graph would be thousands.
        found = gc.collect()
    finally:
        gc.enable()
    assert found < 100


PROGRAM = """
import random
from autograd.scalar import MLP, Value, mse
model = MLP(2, [8, 1])
model.fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], epochs=20, progress=False)
print([p.data.hex() for p in model.parameters()])
"""


def in_a_process(program, *options, **env):
    command = [sys.executable, *options, "-c", program]
    env = os.environ | {"PYTHONPATH": str(ROOT)} | env
    return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout


def test_runs_are_bit_identical_across_processes():
    assert in_a_process(PROGRAM, PYTHONHASHSEED="1") == in_a_process(PROGRAM, PYTHONHASHSEED="2")


def test_the_engine_needs_nothing_but_the_standard_library():
    # -S: without what the environment itself imports when Python starts; all else that can be imported here still can.
    program = f"import sys; sys.path += {sys.path}; import autograd.scalar; print(*sys.modules)"
    loaded = {name.split(".")[0] for name in in_a_process(program, "-S").split()}
    assert loaded - set(sys.stdlib_module_names) == {"autograd", "__main__"}


def test_values_print_without_addresses():
    x = Value(2.0, label="x")
    assert [repr(x), repr(x * 3), f"{x:.2f}", f"{x}"] == [
        "Value(2.0, label='x')",
        "Value(6.0)",
        "2.00",
        "Value(2.0, label='x')",
    ]


def test_values_can_be_copied_and_pickled():
    x = Value(2.0)
    y = x * x
    for other in (copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        other.backward()
        assert other.parents[0].grad == 4.0
    assert x.grad == 0.0
