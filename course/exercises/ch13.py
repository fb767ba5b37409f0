"""Chapter 13, modules: what the exercises ask.

Names are judged by following them from the module to what they name, layers and batches by NumPy's numbers.
"""

import inspect
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from course.mine import tensor_modules
from course.specification import Answer, NotAttempted, exercise
from course.wording import kind_of, show


def meant(answer: Answer, name: str) -> Any:
    """What a name such as Module means where the answer was written; the course's own where it means nothing there."""
    thing = answer.value
    functions = [inspect.unwrap(x) for x in (vars(thing).values() if isinstance(thing, type) else [thing])]
    spaces = [f.__globals__ for f in functions if inspect.isfunction(f)]
    return next((space[name] for space in spaces if name in space), getattr(tensor_modules, name))


def require_class(answer: Answer) -> Any:
    is_class = isinstance(answer.value, type)
    answer.require(is_class, f"yours:    {kind_of(answer.value)}\nexpected: a class, by its name, without parentheses")
    return answer.value


# 13.1


def models(module: Any, tensor: Any) -> Iterator[tuple[str, Any, list[str]]]:
    """Yield modules that hold others in all ways of the card: what is shown, the module, and a path to each member."""

    def made(**attributes: Any) -> Any:
        new = module()
        vars(new).update(attributes)
        return new

    def layer() -> Any:
        return made(weight=tensor(np.ones((2, 3)), requires_grad=True))

    a, b = layer(), layer()
    plain = made(n=3, name="weight", table=np.ones(2), f=np.tanh, nothing=None, kind=module, weight=a.weight)
    yield "a module with a Tensor, a number, a string, an array, a function, None and a class", plain, ["weight"]
    yield "a module without attributes", made(), []
    yield "a Tensor that needs no gradient", made(mean=tensor(np.ones(2))), ["mean"]
    yield "a layer as attribute", made(first=a), ["first", "first.weight"]
    two = ["layers.0", "layers.0.weight", "layers.1", "layers.1.weight"]
    yield "layers in a list", made(layers=[a, b]), two
    yield "layers in a tuple", made(layers=(a, b)), two
    named = ["layers.up", "layers.up.weight", "layers.down", "layers.down.weight"]
    yield "layers in a dict", made(layers={"up": a, "down": b}), named
    yield "a layer in a dict, under a number", made(layers={3: a}), ["layers.3", "layers.3.weight"]
    deep = {"left": [7, (a, {"x": b})], "right": [], "more": ([[tensor(1.0)]], "text")}
    paths = ["left.1.0", "left.1.0.weight", "left.1.1.x", "left.1.1.x.weight", "more.0.0.0"]
    yield "layers in lists, tuples and dicts in each other", made(deep=deep), [f"deep.{path}" for path in paths]
    inner = made(parts=[made(parts=(a,))])
    chain = ["inner", "inner.parts.0", "inner.parts.0.parts.0", "inner.parts.0.parts.0.weight"]
    yield "a layer in a module in a module", made(inner=inner), chain
    yield "the same layer in three places", made(first=a, again=[a, b, a]), ["first", "first.weight", *again(1)]
    tied = made(weight=a.weight)
    yield "two layers that share a Tensor", made(first=a, tied=tied), ["first", "first.weight", "tied"]
    twins = made(one=tensor(np.ones(2)), two=tensor(np.ones(2)))
    yield "two Tensors with equal numbers", twins, ["one", "two"]
    left, right = layer(), layer()
    left.other, right.others = right, [left]
    pair = ["left", "left.weight", "left.other", "left.other.weight"]
    yield "a module with two parts that hold each other", made(left=left, right=right), pair
    parent = made(child=made(weight=a.weight))
    parent.child.parent = parent
    for shown in ("a module that its part holds as `parent`", "the same module a second time"):
        yield shown, parent, ["child", "child.weight"]


def again(place: int) -> list[str]:
    return [f"again.{place}", f"again.{place}.weight"]


def at(thing: Any, name: str) -> list[Any]:
    """What a dotted name leads to, as a list of one thing or none; keys of a dict are compared as text."""
    for part in name.split("."):
        if isinstance(thing, dict):
            found = [value for key, value in thing.items() if str(key) == part]
        elif isinstance(thing, list | tuple):
            found = [thing[int(part)]] if part.isdecimal() and int(part) < len(thing) else []
        else:
            found = [vars(thing)[part]] if part in getattr(thing, "__dict__", {}) else []
        if not found:
            return []
        thing = found[0]
    return [thing]


@exercise("13.1", shows="Wherever a module keeps its layers, they are found, and each of them once.")
def members(answer: Answer) -> None:
    module, tensor = meant(answer, "Module"), meant(answer, "Tensor")
    for shown, model, paths in models(module, tensor):
        got = answer.call(model, shown=shown)
        answer.require(isinstance(got, dict), f"yours:    {kind_of(got)}\nexpected: a dict of names and members")
        require_members(answer, model, got, {path: at(model, path)[0] for path in paths}, (module, tensor))


def require_members(
    answer: Answer, model: Any, got: dict[Any, Any], expected: dict[str, Any], kinds: tuple[type, ...]
) -> None:
    """Require each member once, under a name that leads to it."""
    names: dict[int, str] = {}
    for name, member in got.items():
        answer.require(
            isinstance(name, str), f"yours:    {show(name)} as a name\nexpected: a string such as 'layers.0'"
        )
        is_member = isinstance(member, kinds)
        answer.require(is_member, f"{name!r}\nyours:    {kind_of(member)}\nexpected: Modules and Tensors alone")
        answer.require(member is not model, f"{name!r} is the module itself, which is not inside.")
        first = names.setdefault(id(member), name)
        answer.require(first == name, f"{first!r} and {name!r} are the same object. Each counts once.")
        leads = any(found is member for found in at(model, name))
        hint = "Attributes, places and keys, with a dot between them, lead from the module to what is inside."
        answer.require(leads, f"the name {name!r} does not lead to what stands under it.\n{hint}")
    for path, member in expected.items():
        answer.require(id(member) in names, f"yours:    {show(list(got))}\nexpected: {path!r} as well")
    extra = [name for name, member in got.items() if not any(member is known for known in expected.values())]
    answer.require(not extra, f"yours:    {show(list(got))}\nexpected: without {', '.join(map(repr, extra))}")


# 13.2

LAYERS = ((3, 2), (1, 4), (100, 50))  # inputs and outputs


@exercise("13.2", shows="A layer is a module with two parameters, and its rows stand on the last axis.")
def linear(answer: Answer) -> None:
    layer, module, tensor = require_class(answer), meant(answer, "Module"), meant(answer, "Tensor")
    name = layer.__name__
    answer.require(issubclass(layer, module), f"{name} is no Module: begin it with class {name}(Module)")
    for inputs, outputs in LAYERS:
        said = f"{layer.__name__}({inputs}, {outputs}, rng)"
        made = answer.run(lambda n=inputs, m=outputs: layer(n, m, np.random.default_rng(5)), said)
        require_start(answer, made, tensor, inputs, outputs, said)
        require_forward(answer, made, tensor, inputs, said)
        require_two(answer, made, tensor, " after forward(x)")
    rng = np.random.default_rng(5)
    one, other = answer.run(lambda: (layer(3, 2, rng), layer(3, 2, rng)), "two layers from the same rng")
    differ = not np.array_equal(one.weight.data, other.weight.data)
    answer.require(differ, "both have the same weights. Draw from the rng that is given, do not begin a new one.")
    free, apart = answer.run(lambda: (layer(3, 2), layer(3, 2)), f"two of {layer.__name__}(3, 2), without rng")
    answer.close(np.shape(free.weight.data), (2, 3), what="the shape of its weight")
    differ = not np.array_equal(free.weight.data, apart.weight.data)
    answer.require(
        differ, "both have the same weights. Without a seed, np.random.default_rng() draws others each time."
    )


def require_start(answer: Answer, made: Any, tensor: Any, inputs: int, outputs: int, said: str) -> None:
    """Require both parameters, with the numbers that the card's draws give."""
    rng, bound = np.random.default_rng(5), 1 / inputs**0.5
    expected = {"weight": rng.uniform(-bound, bound, (outputs, inputs)), "bias": rng.uniform(-bound, bound, outputs)}
    for name, numbers in expected.items():
        answer.require(hasattr(made, name), f"{said} has no attribute {name}.")
        got = getattr(made, name)
        if got is ...:
            raise NotAttempted
        answer.require(isinstance(got, tensor), f"{said}.{name}\nyours:    {kind_of(got)}\nexpected: a Tensor")
        answer.require(is_leaf(got), f"{said}.{name} is no leaf: Tensor(…, requires_grad=True) makes one.")
        answer.close(np.shape(got.data), numbers.shape, what=f"the shape of {said}.{name}")
        largest = float(np.abs(got.data).max())
        answer.require(
            largest <= bound,
            f"{said}.{name}\nyours:    up to {largest:.4g}\nexpected: from {-bound:.4g} to {bound:.4g}, 1/sqrt(fan_in)",
        )
        mistake = "The weight is drawn first, then the bias, each by one call of rng.uniform."
        answer.close(got.data, numbers, what=f"{said}.{name}", mistake=mistake)
        kept = got.data.dtype == numbers.dtype
        answer.require(kept, f"{said}.{name}\nyours:    {got.data.dtype}\nexpected: {numbers.dtype}, as rng draws them")
    require_two(answer, made, tensor, "")


def require_two(answer: Answer, made: Any, tensor: Any, when: str) -> None:
    found = sorted(name for name, x in vars(made).items() if isinstance(x, tensor))
    answer.require(found == ["bias", "weight"], f"yours:    the Tensors {found}{when}\nexpected: weight and bias alone")


def is_leaf(x: Any) -> bool:
    return x.node is not None and x.node.tensor is x


def require_forward(answer: Answer, made: Any, tensor: Any, inputs: int, said: str) -> None:
    """Require what the layer computes, and the gradients that it leaves."""
    for shape in ((5, inputs), (1, inputs), (4, 3, inputs)):
        x = np.random.default_rng(6).normal(size=shape)
        w, b = made.weight, made.bias
        got = answer.run(lambda: made.forward(tensor(x)), f"{said}.forward(x), x of shape {shape}")  # noqa: B023
        answer.require(isinstance(got, tensor), f"yours:    {kind_of(got)}\nexpected: a Tensor")
        answer.close(got.data, np.einsum("...i,ji->...j", x, w.data) + b.data)
        weights = np.random.default_rng(7).normal(size=got.data.shape)
        w.grad = b.grad = None
        answer.run(lambda: (got * weights).sum().backward(), f"gradients of {said}.forward(x), x of shape {shape}")  # noqa: B023
        rows = weights.reshape(-1, weights.shape[-1])
        gradients = {"weight": np.einsum("pj,pi->ji", rows, x.reshape(-1, inputs)), "bias": rows.sum(axis=0)}
        for name, leaf in (("weight", w), ("bias", b)):
            answer.require(leaf.grad is not None, f"{name}.grad is None: compute with the Tensor, not with its data.")
            answer.close(leaf.grad, gradients[name], what=f"{name}.grad")


# 13.3


def saved_model(answer: Answer, seed: int, dtype: type = np.float64) -> tuple[Any, dict[str, Any]]:
    """A module with two layers and two buffers, one of a single number, and its Tensors by name."""
    module, tensor = meant(answer, "Module"), meant(answer, "Tensor")
    rng, model, sizes = np.random.default_rng(seed), module(), ((3, 2), (2, 4))
    model.layers = [module() for _ in sizes]
    for layer, (n, m) in zip(model.layers, sizes, strict=True):
        layer.weight = tensor(rng.normal(size=(m, n)).astype(dtype), requires_grad=True)
        layer.bias = tensor(rng.normal(size=m).astype(dtype), requires_grad=True)
    model.mean, model.step = tensor(rng.normal(size=3).astype(dtype)), tensor(np.array(rng.normal(), dtype))
    names = [f"layers.{i}.{name}" for i in range(2) for name in ("weight", "bias")]
    return model, {name: at(model, name)[0] for name in (*names, "mean", "step")}


def without(*names: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda state: {name: array for name, array in state.items() if name not in names}


def with_arrays(**shapes: tuple[int, ...]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda state: state | {name.replace("__", "."): np.ones(shape) for name, shape in shapes.items()}


# What is wrong with a state, how it becomes so, and the names that the error has to hold.
MISFITS: tuple[tuple[str, Callable[[dict[str, Any]], dict[str, Any]], Sequence[str]], ...] = (
    ("without its last name", without("step"), ["step"]),
    ("without layers.1.bias", without("layers.1.bias"), ["layers.1.bias"]),
    ("with a name too many, layers.2.bias", with_arrays(layers__2__bias=(4,)), ["layers.2.bias"]),
    ("with layers.1.weight of shape (2, 4)", with_arrays(layers__1__weight=(2, 4)), ["layers.1.weight"]),
    ("with layers.1.bias of shape (1,)", with_arrays(layers__1__bias=(1,)), ["layers.1.bias"]),
    ("with mean of shape ()", with_arrays(mean=()), ["mean"]),
    ("that is empty", lambda state: {}, ["layers.0.weight", "mean"]),
    (
        "without mean, with extra, and with layers.0.bias of shape (3,)",
        lambda state: with_arrays(extra=(1,), layers__0__bias=(3,))(without("mean")(state)),
        ["mean", "extra", "layers.0.bias"],
    ),
)


@exercise("13.3", shows="A state fits and is taken over whole, or an error says why, and nothing has changed.")
def load_state(answer: Answer) -> None:
    for dtype in (np.float64, np.float32):
        model, tensors = saved_model(answer, 1, dtype)
        state = {name: x.data.astype(float) for name, x in saved_model(answer, 2)[1].items()}
        given = dict(reversed(state.items()))
        got = answer.call(model, given, shown=f"a module of {np.dtype(dtype)}, a state that fits")
        answer.require(got is None, f"yours:    {kind_of(got)}\nexpected: None")
        require_loaded(answer, model, tensors, state, dtype)
    for said, spoiled, names in MISFITS:
        require_refused(answer, said, spoiled, names)


def require_loaded(answer: Answer, model: Any, tensors: dict[str, Any], state: dict[str, Any], dtype: type) -> None:
    """Require the arrays of a state in the Tensors that were there, as copies."""
    for name, x in tensors.items():
        same = [found is x for found in at(model, name)] == [True]
        answer.require(same, f"{name} is another object now. Change the data of the Tensor that is there.")
        answer.require(is_leaf(x) == ("layers" in name), f"{name}.node was changed. Change the data alone.")
        answer.require(isinstance(x.data, np.ndarray), f"{name}.data\nyours:    {kind_of(x.data)}\nexpected: an array")
        answer.close(x.data, state[name], rtol=1e-6, what=f"{name}.data")
        answer.require(x.data.dtype == dtype, f"{name}.data\nyours:    {x.data.dtype}\nexpected: {np.dtype(dtype)}")
        shares = np.shares_memory(x.data, state[name])
        answer.require(not shares, f"{name}.data and the state share memory: what changes one changes the other. Copy.")


def require_refused(answer: Answer, said: str, spoiled: Callable[[dict[str, Any]], Any], names: Sequence[str]) -> None:
    """Require an error that names what is wrong, and a module that is as it was."""
    model, tensors = saved_model(answer, 1)
    before = {name: x.data.copy() for name, x in tensors.items()}
    state = spoiled({name: x.data for name, x in saved_model(answer, 2)[1].items()})

    def error_of() -> Exception | None:
        try:
            answer.value(model, state)
        except Exception as error:
            return error
        return None

    error = answer.run(error_of, f"load_state(module, a state {said})")
    came = "no error" if error is None else f"{type(error).__name__}: {show(str(error))}"
    answer.require(isinstance(error, ValueError), f"yours:    {came}\nexpected: a ValueError")
    left_out = [name for name in names if name not in str(error)]
    answer.require(not left_out, f"yours:    {came}\nexpected: an error that names {', '.join(left_out)}")
    changed = [name for name, x in tensors.items() if not np.array_equal(x.data, before[name])]
    whole = "Look for everything that is wrong before you change anything."
    answer.require(not changed, f"raised its error, and {', '.join(changed)} had been changed before. {whole}")


# 13.4


class Recorded:
    """A dataset of which nothing is known but its length, and that gives what was asked for, as a list of places."""

    def __init__(self, length: int) -> None:
        self.length, self.calls = length, 0

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, places: Any) -> list[int]:
        self.calls += 1
        if isinstance(places, slice):
            return list(range(self.length))[places]
        if isinstance(places, tuple):
            raise TypeError("a tuple of places means one place on each axis; use an array, a list or a slice")
        places = np.asarray(places)
        if places.ndim != 1:
            raise TypeError("a batch is dataset[places], with all places of the batch in one array or list")
        if places.size and (places.dtype.kind not in "iu" or places.min() < 0 or places.max() >= self.length):
            raise IndexError(f"places are whole numbers from 0 to {self.length - 1}, not {places}")
        return [int(place) for place in places]


NESTED = "A second loop over the same loader begins while the first still runs: each must have a place of its own."
LOADERS = ((7, 3), (6, 3), (5, 8), (4, 1), (1, 1), (0, 4), (64, 10))  # lengths and sizes of batches


@exercise("13.4", shows="Each round goes through every place once, in an order of its own.")
def data_loader(answer: Answer) -> None:
    loader = require_class(answer)
    for (length, size), shuffled in itertools.product(LOADERS, (False, True)):
        rng = np.random.default_rng(8) if shuffled else None
        twin = np.random.default_rng(8)
        data = Recorded(length)
        rest = ", rng" if shuffled else ""
        said = f"{loader.__name__}(a dataset of {length}, {size}{rest})"
        made = answer.run(lambda d=data, n=size, r=rng: loader(d, n, r) if r else loader(d, n), said)
        answer.require(data.calls == 0, f"asked the dataset for {data.calls} batches before the loop began.")
        count = answer.run(lambda m=made: len(m), f"len({said})")
        answer.close(count, len(range(0, length, size)))
        for turn in ("first", "second"):
            got = answer.run(lambda m=made: list(m), f"the {turn} round of {said}")
            order = twin.permutation(length).tolist() if shuffled else list(range(length))
            require_round(answer, got, order, size)
    require_lazy(answer, loader)


def require_round(answer: Answer, got: list[Any], order: list[int], size: int) -> None:
    """Require the batches of one round."""
    expected = [order[start : start + size] for start in range(0, len(order), size)]
    are_batches = all(isinstance(batch, list) and all(isinstance(place, int) for place in batch) for batch in got)
    answer.require(are_batches, f"yours:    {show(got)}\nexpected: batches, each dataset[places]")
    places = [place for batch in got for place in batch]
    missing = sorted(set(order) - set(places))
    answer.require(not missing, f"yours:    {show(got)}\nexpected: every place, so also {show(missing)}")
    once = len(places) == len(order)
    answer.require(once, f"yours:    {show(got)}\nexpected: each place once, {len(order)} in all")
    lengths = [len(batch) for batch in got]
    answer.close(lengths, [len(batch) for batch in expected], what=f"the lengths of the batches in {answer.last_run}")
    shuffled = "The order is rng.permutation(length), drawn once a round."
    if order == sorted(order):
        shuffled = "Without rng, the places stay in order."
    elif places == sorted(order):
        shuffled = "The places were not shuffled."
    answer.close(got, expected, mistake=shuffled)


def require_lazy(answer: Answer, loader: Any) -> None:
    """Require batches one at a time, and rounds that do not disturb each other."""
    data = Recorded(1000)
    made = answer.run(lambda: loader(data, 10), f"{loader.__name__}(a dataset of 1000, 10)")
    answer.run(lambda: next(iter(made)), "the first batch of 100")
    answer.require(data.calls == 1, f"asked the dataset for {data.calls} batches, and one was wanted so far.")
    made = answer.run(lambda: loader(Recorded(4), 2), f"{loader.__name__}(a dataset of 4, 2)")
    pairs = answer.run(lambda: [(one, other) for one in made for other in made], "a round within a round")
    answer.close(len(pairs), 4, what="the number of pairs in a round within a round", mistake=NESTED)
