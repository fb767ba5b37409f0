"""Every entry of the tensor engine's derivative table against finite differences, and damaged on purpose."""

import inspect
import math
import weakref

import numpy as np
import pytest
from tensor_cases import CASES, Points

import autograd.tensor as t
from autograd.gradcheck import GradientError, gradcheck
from autograd.tensor import table
from autograd.tensor.core import forms, nodes, plans
from autograd.tensor.core.backward import graph_order
from autograd.tensor.table.forms import FusedPlan, NaryPlan, fused, nary

# A central difference sees something else at kinks, jumps and poles; there the parity tests compare with PyTorch.
ROUGH = (
    "abs sign floor ceil trunc round relu sqrt rsqrt reciprocal log log2 log10 maximum minimum clamp amax amin max min"
)
ROUGH = {*ROUGH.split(), "median", "sort", "nn.functional.max_pool2d"}


def arrays_of(case):
    rng = np.random.default_rng(len(case.name))
    return [np.array(rng.standard_normal(x) if isinstance(x, tuple) else x, float) for x in case.inputs]


def result_of(case):
    return case.call(t, *(t.tensor(x, requires_grad=True) for x in arrays_of(case)))


def is_smooth(case):
    if not case.second or case.name in ROUGH and any(isinstance(x, Points) for x in case.inputs):
        return False
    y = result_of(case)
    return y.requires_grad and y.dtype == t.float64


SMOOTH = [(i, case) for i, case in enumerate(CASES) if is_smooth(case)]


def check(case, order=1):
    return gradcheck(lambda *xs: case.call(t, *xs), arrays_of(case), order, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case.name} {i}") for i, case in SMOOTH])
def test_slopes_agree_with_finite_differences_to_second_order(case):
    assert check(case, 2)


# --- a wrong rule must be found, whichever VJP of whichever entry it is ---


def vjps():
    """Return cases for each VJP of the table: {(entry, place among the parents, number of parents): cases}."""
    found = {}
    for _, case in SMOOTH:
        y = result_of(case)
        for node in graph_order([y.node]) if y.numel() else ():
            for place in range(len(node.parents)):
                found.setdefault((node.op, place, len(node.parents)), {})[id(case)] = case
    return {vjp: list(cases.values())[:12] for vjp, cases in found.items()}


VJPS, ENTRIES = vjps(), set(forms.ENTRIES)
# Met in gradients only, as the derivative of another entry; and a change of type, which rounds.
SECOND_ORDER = {"to", "masked", "index_put", "diagonal_scatter", "avg_pool2d_spread", "same"}
SECOND_ORDER |= {"cofactors", "svdvals"}  # the latter has a first derivative only


def test_every_entry_is_covered():
    met = {op for op, _, _ in VJPS}
    assert ENTRIES - SECOND_ORDER == met - SECOND_ORDER, (
        f"no case in tests/tensor/tensor_cases.py has the derivative of {sorted(ENTRIES - SECOND_ORDER - met)}"
    )


# Their rules return a gradient for each matrix or place, and the engine adds these up.
LARGER = {"matmul", "convolution", "scaled_dot_product_attention"}


def wrong_shapes(y):
    """Return the rules below a result whose gradient has neither the shape of their input nor that of the result.

    One that is larger would be added up as if the input had been broadcast, and would look like a wrong factor.
    """
    found = set()
    for node in graph_order([y.node]):
        if node.parents and node.op not in LARGER:
            parts = node.plan.gradients(node, np.ones(node.shape, node.dtype), False, None)
            for place, (part, parent) in enumerate(zip(parts, node.parents, strict=True), 1):
                if part is not None and part.shape not in (None, parent.shape, node.shape):
                    found.add(f"{node.op}, rule {place} of {len(parts)}: {part.shape} for an input {parent.shape}")
    return found


def test_every_rule_returns_the_shape_of_its_input_or_of_the_result():
    results = [result_of(case) for _, case in SMOOTH]
    assert set().union(*(wrong_shapes(y) for y in results if y.numel())) == set()


def test_a_rule_that_returns_a_larger_shape_is_found():
    twice = t.primitive(lambda x: np.sin(x), x=lambda g, x: np.stack([g, g]) * np.cos(x), name="twice")
    assert wrong_shapes(twice(t.ones(3, requires_grad=True))) == {"twice, rule 1 of 1: (2, 3) for an input (3,)"}
    forms.ENTRIES.remove("twice")


DAMAGES = {
    "a little added": lambda part: part + 0.1 + 0.05 * np.arange(math.prod(part.shape)).reshape(part.shape),
    "two per cent too large": lambda part: 1.02 * part,
    "wrong sign and half": lambda part: -0.5 * part,  # a plain -1 twice in a row would be right
}
NOTHING_TO_SCALE = {"sign", "floor", "ceil", "trunc", "round", "floor_divide"}  # 0, however large


def rejected(case):
    try:
        return not check(case)
    except GradientError as error:
        assert "a central difference" in str(error)  # noqa: PT017 - not every case raises
        return True


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("vjp", VJPS, ids=lambda vjp: f"{vjp[0]} {vjp[1] + 1} of {vjp[2]}")
def test_a_wrong_vjp_is_rejected(monkeypatch, vjp, damage):
    op, place, parents = vjp
    if op in NOTHING_TO_SCALE and damage != "a little added":
        pytest.skip("the derivative is 0")

    def damaged(right):
        def gradients(self, node, g, as_tensors, only):
            parts = right(self, node, g, as_tensors, only)
            if node.op == op and len(parts) == parents and parts[place] is not None:
                if isinstance(parts[place], nodes.SparseGradient):
                    parts[place].values = DAMAGES[damage](parts[place].values)
                else:
                    parts[place] = DAMAGES[damage](parts[place])
            return parts

        return gradients

    for plan in (plans.Plan, NaryPlan, FusedPlan):
        monkeypatch.setattr(plan, "gradients", damaged(plan.gradients))
    assert any(map(rejected, VJPS[vjp]))  # a slope of 0, or one multiplied by 0, shows nothing: some case must


# --- fused entries: every gradient, by the fast way and by the definition ---


def fused_gradients():
    """Return cases for each gradient of each fused entry: {(name of its backward, place among its inputs): cases}."""
    found = {}
    for _, case in SMOOTH:
        y = result_of(case)
        for node in graph_order([y.node]) if y.numel() else ():
            if isinstance(node.plan, FusedPlan):
                for place in np.flatnonzero(node.plan.wanted).tolist():
                    found.setdefault((node.plan.rules.__name__, place), {})[id(case)] = case
    return {gradient: list(cases.values()) for gradient, cases in found.items()}


FUSED = fused_gradients()
INPUTS = {  # how many inputs with a gradient each fused entry has
    "convolve_backward": 3, "normalize_axes_backward": 3, "attend_backward": 4, "max_of_windows_backward": 1,
    "exact_gelu_backward": 1, "tanh_gelu_backward": 1, "mean_cross_entropy_backward": 1,
}  # fmt: skip


def test_every_gradient_of_every_fused_entry_is_covered():
    modules = [module for module in vars(table).values() if inspect.ismodule(module)]
    entries = {
        f.backward.__name__ for m in modules for f in vars(m).values() if hasattr(f, "backward") and f is not t.Tensor
    }
    assert entries == INPUTS.keys()
    assert FUSED.keys() == {(name, place) for name, n in INPUTS.items() for place in range(n)}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("by_definition", [False, True], ids=["fast", "definition"])
@pytest.mark.parametrize("gradient", FUSED, ids=lambda gradient: f"{gradient[0]} {gradient[1] + 1}")
def test_a_wrong_gradient_of_a_fused_entry_is_rejected(monkeypatch, gradient, by_definition, damage):
    name, place = gradient
    right = FusedPlan.gradients

    def gradients(self, node, g, as_tensors, only):
        parts = right(self, node, g, as_tensors, only)
        i = sum(self.wanted[:place])
        if self.rules.__name__ == name and self.wanted[place] and as_tensors == by_definition and parts[i] is not None:
            parts[i] = DAMAGES[damage](parts[i])
        return parts

    monkeypatch.setattr(FusedPlan, "gradients", gradients)
    assert any(map(rejected, FUSED[gradient]))


@pytest.mark.parametrize("gradient", FUSED, ids=lambda gradient: f"{gradient[0]} {gradient[1] + 1}")
def test_a_fused_gradient_is_the_same_when_it_alone_is_wanted(gradient):
    for case in FUSED[gradient]:
        leaves = [t.tensor(x, requires_grad=True) for x in arrays_of(case)]
        weights = t.tensor(np.random.default_rng(0).standard_normal(case.call(t, *leaves).shape))
        together = t.grad(case.call(t, *leaves), leaves, weights, allow_unused=True)
        for i, x in enumerate(leaves):
            y = case.call(t, *(x if i == k else other.detach() for k, other in enumerate(leaves)))
            if together[i] is not None:
                (alone,) = t.grad(y, x, weights)
                np.testing.assert_allclose(alone.numpy(), together[i].numpy(), rtol=1e-12, atol=1e-14)


CURVED = {
    "mul",
    "div",
    "pow",
    "exp",
    "log",
    "tanh",
    "sqrt",
    "matmul",
    "linear",
    "softmax",
    "prod",
    "std",
}


@pytest.mark.parametrize(
    "vjp", [v for v in VJPS if v[0] in CURVED], ids=lambda vjp: f"{vjp[0]} {vjp[1] + 1} of {vjp[2]}"
)
def test_a_vjp_that_loses_its_graph_is_rejected_at_second_order(monkeypatch, vjp):
    op, place, parents = vjp
    right = plans.Plan.gradients

    def gradients(self, node, g, as_tensors, only):
        parts = right(self, node, g, as_tensors, only)
        if node.op == op and as_tensors:
            parts = [part if part is None else part.detach() for part in parts]
        return parts

    monkeypatch.setattr(plans.Plan, "gradients", gradients)
    cases = [case for _, case in SMOOTH if any(n.op == op for n in graph_order([result_of(case).node]))]
    rejected = 0
    for case in cases[:5]:
        try:
            check(case, 2)
        except GradientError as error:
            assert "one order of derivatives higher" in str(error)  # noqa: PT017 - not every case is curved
            rejected += 1
    assert rejected


# --- fused entries say what they compute ---


@pytest.mark.parametrize(("name", "case"), [(c.name, c) for _, c in SMOOTH if c.name.startswith("nn.functional.")])
def test_a_fused_gradient_is_that_of_its_definition(monkeypatch, name, case):
    y = result_of(case)
    if not any(isinstance(node.plan, FusedPlan) for node in graph_order([y.node])):
        return
    leaves = [t.tensor(x, requires_grad=True) for x in arrays_of(case)]
    y = case.call(t, *leaves)
    weights = t.tensor(np.random.default_rng(0).standard_normal(y.shape))
    fast = t.grad(y, leaves, weights, retain_graph=True, allow_unused=True)
    slow = t.grad(y, leaves, weights, create_graph=True, allow_unused=True)
    for a, b in zip(fast, slow, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            np.testing.assert_allclose(a.numpy(), b.detach().numpy(), rtol=1e-9, atol=1e-11)


LETS_GO = "x+w -x x-w x*2 x/2 x.sum() x.sum(1) x.mean(0) x.exp() x.tanh() x.sigmoid() x.relu() x.sqrt() x.cumsum(0)"
LETS_GO += (
    " x.softmax(1) x.log_softmax(1) x.clone() x.flip(0) x.tril() x.repeat(2,1) t.cat([x,w]) t.stack([x,x]) x/w.detach()"
)
LETS_GO += " x.double() x.masked_fill(w.detach()>0,0) F.dropout(x) F.linear(x,w.detach()) x@w.detach() F.pad(x,(1,1))"
KEEPS = "x*w w/x x**2 x*x x.log() x.sin() x.abs() x.amax(1) x.prod(1) x.var() x.logsumexp(1) x@w x.norm() F.gelu(x)"


@pytest.mark.parametrize("line", [*LETS_GO.split(), *KEEPS.split()])
def test_a_graph_keeps_only_the_numbers_that_its_derivatives_read(line):
    w = t.randn(3, 3, requires_grad=True)
    x = w.abs() + 1
    alive = weakref.ref(x._data)
    y = eval(line, {"x": x, "w": w, "t": t, "F": t.nn.functional})
    del x
    assert (alive() is not None) == (line in KEEPS.split())
    y.sum().backward()
    assert alive() is None, "a backward pass lets go of all that was kept"


# --- a rule's parameters say what is kept ---


def kept_of(node):
    """Return what a node keeps, in words: "y" for its output, the place of an input, "like" before that of a shape."""
    kept = {"y"} if node.output is not None else set()
    for place, x in enumerate(node.inputs):
        if isinstance(x, t.Tensor):
            kept.add(place)
        elif isinstance(x, nodes.Shape):
            kept.add(f"like {place}")
    return kept


def named_of(node):
    """Return the same from the signatures of the rules alone, of tensors among the arguments."""
    rules = node.plan.rules
    names = {
        name for rule in (rules if isinstance(rules, list) else [rules]) for name in inspect.signature(rule).parameters
    }
    named = {"y"} & names
    for place, name in enumerate(node.plan.inputs):
        if isinstance(node.plan, FusedPlan):  # the definition reads every input that there is
            named |= {place} if node.inputs[place] is not None else set()
        elif name in names:
            named.add(place)
        elif f"like_{name}" in names:
            named.add(f"like {place}")
    return named


@pytest.mark.parametrize("op", sorted({op for op, _, _ in VJPS}))
def test_what_is_kept_is_what_the_rules_name(op):
    looked = 0
    for case in {id(case): case for vjp, cases in VJPS.items() if vjp[0] == op for case in cases}.values():
        for node in graph_order([result_of(case).node]):
            if node.op == op:
                named = named_of(node)
                kinds = (type(None), t.Tensor, nodes.Shape)
                constants = [place for place, x in enumerate(node.inputs) if not isinstance(x, kinds)]
                assert kept_of(node) == named - {*constants, *(f"like {place}" for place in constants)}
                looked += 1
    assert looked


def test_a_graph_of_sums_of_two_keeps_nothing():
    x, w = (t.randn(3, 3, requires_grad=True) for _ in range(2))
    inner = x + w
    y = inner + inner + 1
    for node in graph_order([y.node]):
        assert node.op == "add" and node.output is None and node.inputs == (None, None)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: t.primitive(np.sin, x=lambda g, z: g * np.cos(z)),
            "sin: the rule for 'x' reads 'z', which is unknown; a rule can read g, y, x, like_x",
        ),
        (
            lambda: t.primitive(lambda x, p: x**p, x=lambda g, x, q: g * q * x ** (q - 1), name="raise"),
            "raise: the rule for 'x' reads 'q', which is unknown; a rule can read g, y, x, like_x, p",
        ),
        (lambda: forms.elementwise(np.sin, x=lambda g, axis: g), "sin: the rule for 'x' reads 'axis'"),
        (lambda: t.primitive(np.sin, y=lambda g, y: g * np.cos(y)), "sin: 'y' names two things; the inputs are y"),
        (lambda: nary(np.stack, lambda i, g, xs: g[i], name="stack"), "stack: the rule for 'inputs' reads 'xs'"),
        (
            lambda: fused(lambda x: (x, None), lambda g, mask: (g,), lambda x: x, name="same"),
            "same: the rule for 'all' reads 'mask', which is unknown; a rule can read g, y, saved, wanted, x",
        ),
    ],
)
def test_a_rule_that_reads_something_unknown_is_refused_when_the_table_is_read(make, message):
    before = list(forms.ENTRIES)
    with pytest.raises(TypeError) as error:
        make()
    assert message in str(error.value)
    assert before == forms.ENTRIES


def test_a_rule_reads_settings_with_their_defaults():
    raised = t.primitive(lambda x, p=2.0: x**p, x=lambda g, x, p: g * p * x ** (p - 1), name="raised")
    x = t.tensor([3.0], requires_grad=True)
    assert t.grad(raised(x), x)[0].item() == 6
    assert t.grad(raised(x, p=3.0), x)[0].item() == 27
    forms.ENTRIES.remove("raised")
