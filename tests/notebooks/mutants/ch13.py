"""Wrong answers to chapter 13's exercises, which the checks must catch, and right ones in other styles."""

import numpy as np

from course.mine.tensor_modules import Module, Tensor

# 13.1

HOLDERS = (list, tuple, dict)


def finder(holders=HOLDERS, once=True, into=True, root=False, named=True, wanted=lambda x: True, dot="."):
    """Make a `members` that does as the card says, but for what is asked to go wrong."""

    def members(module):
        found, met = {}, set() if root else {id(module)}

        def visit(thing, name, depth):
            if depth > 60:
                raise RecursionError("round and round")
            if isinstance(thing, Module | Tensor):
                if once and id(thing) in met:
                    return
                met.add(id(thing))
                if name and wanted(thing):
                    found[name] = thing
                if not into and name:
                    return
            if isinstance(thing, Module):
                pairs = vars(thing).items()
            elif isinstance(thing, dict):
                pairs = thing.items() if dict in holders else []
            elif isinstance(thing, holders):
                pairs = enumerate(thing)
            else:
                return
            for key, value in pairs:
                visit(value, f"{name}{dot}{key}" if name and named else str(key), depth + 1)

        met.discard(id(module))
        visit(module, "", 0)
        return found

    return members


def direct(module):
    """What chapter 13 begins with: the module's own attributes, and nothing else."""
    return {name: x for name, x in vars(module).items() if isinstance(x, Module | Tensor)}


def one_list_deep(module):
    found = {}
    for name, x in vars(module).items():
        inside = enumerate(x) if isinstance(x, list | tuple) else x.items() if isinstance(x, dict) else []
        pairs = {name: x} | {f"{name}.{key}": value for key, value in inside}
        for full, value in pairs.items():
            if isinstance(value, Module | Tensor):
                found[full] = value
            if isinstance(value, Module):
                found |= {f"{full}.{rest}": y for rest, y in one_list_deep(value).items()}
    return found


def equal_counts_once(module):
    """Compares numbers instead of objects, so that two Tensors of ones become one."""
    found = {}
    for name, x in finder()(module).items():
        data = np.asarray(getattr(x, "data", id(x)))
        if not any(np.array_equal(data, np.asarray(getattr(y, "data", id(y)))) for y in found.values()):
            found[name] = x
    return found


def as_pairs(module):
    return list(finder()(module).items())


def remembers(module, found={}):  # noqa: B006
    """Its default is made once, so that it keeps what it found in the modules before."""
    found.update(finder()(module))
    return found


def everything(module):
    return vars(module) | finder()(module)


def knows_itself(module):
    """Stops only where it comes back to the module itself, so that two parts that hold each other never end."""
    found = {}

    def visit(thing, name):
        for key, part in parts_of(thing):
            full = f"{name}.{key}".strip(".")
            if part is module:
                continue
            if isinstance(part, Module | Tensor) and not any(part is x for x in found.values()):
                found[full] = part
            visit(part, full)

    visit(module, "")
    return found


def adds_keys(module):
    """Joins names with +, which a number as a key does not allow."""

    def visit(thing, name, met):
        for key, part in parts_of(thing):
            full = name + "." + key if isinstance(thing, dict) else f"{name}.{key}".strip(".")
            if id(part) in met:
                continue
            if isinstance(part, Module | Tensor):
                met.add(id(part))
                yield full, part
            yield from visit(part, full, met)

    return dict(visit(module, "", {id(module)}))


def by_brackets(module):
    return {name.replace(".0", "[0]").replace(".1", "[1]"): x for name, x in finder()(module).items()}


def parts_of(thing):
    match thing:
        case Module():
            return list(vars(thing).items())
        case dict():
            return list(thing.items())
        case list() | tuple():
            return list(enumerate(thing))
    return []


def with_a_queue(module):
    """Goes through the tree level by level, so that the order is another one."""
    found, known, queue = {}, [module], [("", module)]
    for name, thing in queue:
        for key, part in parts_of(thing):
            full = f"{name}.{key}".strip(".")
            if isinstance(part, Module | Tensor):
                if any(part is other for other in known):
                    continue
                known.append(part)
                found[full] = part
            queue.append((full, part))
    return found


def by_recursion(module, prefix="", met=None):
    met = {module} if met is None else met
    found = {}
    for key, part in parts_of(module):
        if isinstance(part, Module | Tensor):
            if part in met:
                continue
            met.add(part)
            found[prefix + str(key)] = part
        found.update(by_recursion(part, f"{prefix}{key}.", met))
    return found


def by_generator(module):
    def walk(thing, path, met):
        for key, part in parts_of(thing):
            here = (*path, str(key))
            if isinstance(part, Module | Tensor):
                if id(part) in met:
                    continue
                met[id(part)] = part
                yield ".".join(here), part
            yield from walk(part, here, met)

    return dict(walk(module, (), {id(module): module}))


def from_the_end(module):
    """Finds what is shared under its last name."""
    found, met, stack = {}, {id(module)}, [("", module)]
    while stack:
        name, thing = stack.pop()
        if isinstance(thing, Module | Tensor) and name:
            if id(thing) in met:
                continue
            met.add(id(thing))
            found[name] = thing
        stack += [(f"{name}.{key}" if name else str(key), part) for key, part in parts_of(thing)]
    return found


# 13.2


def layer(
    shape=lambda n, m: (m, n), bound=lambda n, m: n**-0.5, compute=None, bias=None, base=Module, order=1, own=None
):
    """Make a `MyLinear` that does as the card says, but for what is asked to go wrong."""

    class MyLinear(base):
        def __init__(self, fan_in, fan_out, rng=None):
            rng = own() if own else rng or np.random.default_rng()
            b = bound(fan_in, fan_out)
            draws = {"weight": shape(fan_in, fan_out), "bias": fan_out}
            for name in list(draws)[::order]:
                numbers = bias(fan_out) if bias and name == "bias" else rng.uniform(-b, b, draws[name])
                setattr(self, name, Tensor(numbers, requires_grad=True))

        def forward(self, x):
            return compute(self, x) if compute else x @ self.weight.T + self.bias

        if base is object:
            __call__ = forward

    return MyLinear


class NoGradient(Module):
    def __init__(self, fan_in, fan_out, rng=None):
        rng, b = rng or np.random.default_rng(), fan_in**-0.5
        self.weight, self.bias = Tensor(rng.uniform(-b, b, (fan_out, fan_in))), Tensor(rng.uniform(-b, b, fan_out))

    def forward(self, x):
        return x @ self.weight.T + self.bias


class InFloat32(layer()):
    def __init__(self, fan_in, fan_out, rng=None):
        super().__init__(fan_in, fan_out, rng)
        self.weight.data, self.bias.data = (x.data.astype(np.float32) for x in (self.weight, self.bias))


class Scaled(Module):
    """Multiplies its leaf, so that the attribute is a result and no leaf."""

    def __init__(self, fan_in, fan_out, rng=None):
        rng, b = rng or np.random.default_rng(), fan_in**-0.5
        self.weight = Tensor(rng.uniform(-1, 1, (fan_out, fan_in)), requires_grad=True) * b
        self.bias = Tensor(rng.uniform(-b, b, fan_out), requires_grad=True)

    def forward(self, x):
        return x @ self.weight.T + self.bias


class KeepsInput(layer()):
    """Leaves the last input behind as an attribute, which then counts as a part of the state."""

    def __init__(self, fan_in, fan_out, rng=None):
        super().__init__(fan_in, fan_out, rng)
        self.last = Tensor(np.zeros((1, fan_in)))


class RemembersInput(layer()):
    """Keeps the input of its last call, which then counts as a part of the state."""

    def forward(self, x):
        self.x = x
        return super().forward(x)


class Calls(Module):
    """Computes in __call__, so that there is no forward."""

    def __init__(self, fan_in, fan_out, rng=None):
        made = layer()(fan_in, fan_out, rng)
        self.weight, self.bias = made.weight, made.bias

    def __call__(self, x):
        return x @ self.weight.T + self.bias


class InAList(Module):
    """Keeps both in a list, so that they have other names."""

    def __init__(self, fan_in, fan_out, rng=None):
        made = layer()(fan_in, fan_out, rng)
        self.both = [made.weight, made.bias]

    def forward(self, x):
        return x @ self.both[0].T + self.both[1]


class SameSeed(layer()):
    def __init__(self, fan_in, fan_out, rng=None):
        super().__init__(fan_in, fan_out, np.random.default_rng(0) if rng is None else rng)


class ByRandom(Module):
    def __init__(self, fan_in, fan_out, rng=None):
        super().__init__()
        if rng is None:
            rng = np.random.default_rng()
        bound = fan_in ** (-1 / 2)
        weight = (2 * rng.random((fan_out, fan_in)) - 1) * bound
        bias = (2 * rng.random(fan_out) - 1) * bound
        self.weight, self.bias = (Tensor(numbers, requires_grad=True) for numbers in (weight, bias))

    def forward(self, x):
        *rows, last = x.shape
        return self.bias + (x.reshape(-1, last) @ self.weight.transpose(1, 0)).reshape(*rows, -1)


class Shaped(Module):
    """Draws rows and turns the weight as it computes; knows its sizes, which are no members."""

    def __init__(self, fan_in, fan_out, rng=None):
        self.sizes = (fan_in, fan_out)
        rng = np.random.default_rng() if rng is None else rng
        draw = self.drawer(rng, 1 / np.sqrt(fan_in))
        self.weight = draw((fan_out, fan_in))
        self.bias = draw((fan_out,))

    @staticmethod
    def drawer(rng, bound):
        return lambda size: Tensor(rng.uniform(-bound, bound, size=size), requires_grad=True)

    def forward(self, x):
        return x @ self.weight.transpose() + self.bias


# 13.3


def tensors_of(module):
    return {name: x for name, x in finder()(module).items() if isinstance(x, Tensor)}


def problems(module, state, missing=True, unknown=True, shapes=True):
    tensors = tensors_of(module)
    found = [f"{name} is missing" for name in tensors if missing and name not in state]
    found += [f"{name} is unknown" for name in state if unknown and name not in tensors]
    both = [name for name in tensors if name in state and shapes]
    return found + [f"{n}: {np.shape(state[n])}" for n in both if np.shape(state[n]) != tensors[n].shape]


def loader(error=ValueError, copied=lambda array, old: np.array(array, old.dtype), **looks):
    """Make a `load_state` that does as the card says, but for what is asked to go wrong."""

    def load_state(module, state):
        if found := problems(module, state, **looks):
            raise error("; ".join(found))
        for name, x in tensors_of(module).items():
            if name in state:
                x.data = copied(state[name], x.data)

    return load_state


def one_by_one(module, state):
    """Changes one array after the other, and stops in the middle."""
    for name, x in tensors_of(module).items():
        if name not in state or np.shape(state[name]) != x.shape:
            raise ValueError(f"{name} does not fit; {problems(module, state)}")
        x.data = np.array(state[name], x.data.dtype)
    if set(state) - set(tensors_of(module)):
        raise ValueError(f"{problems(module, state)}")


def parameters_only(module, state):
    names = module.named_parameters()
    wrong = problems(module, state)
    if wrong:
        raise ValueError("; ".join(wrong))
    for name in names:
        names[name].data = np.array(state[name], names[name].data.dtype)


def first_error_only(module, state):
    if found := problems(module, state):
        raise ValueError(found[0])
    loader()(module, state)


def new_tensors(module, state):
    """Puts new Tensors where the old ones were, so that an optimizer still holds the old ones."""
    if found := problems(module, state):
        raise ValueError("; ".join(found))
    for name in tensors_of(module):
        *path, last = name.split(".")
        place = module
        for step in path:
            place = place[int(step)] if step.isdecimal() else getattr(place, step)
        old = getattr(place, last)
        setattr(place, last, Tensor(np.array(state[name], old.data.dtype), requires_grad=old.node is not None))


def empties(module, state):
    loader()(module, state)
    state.clear()


def along_the_first_axis(module, state):
    """Writes with [:], which an array of one number without an axis does not have."""
    loader(copied=lambda array, old: old)(module, state)
    for name, x in tensors_of(module).items():
        x.data[:] = state[name]


def in_place(module, state):
    found = problems(module, state)
    if len(found) > 0:
        raise ValueError(", ".join(found))
    for name, tensor in tensors_of(module).items():
        tensor.data[...] = state[name]


def with_sets(module, state):
    """Compares names and shapes as one set of pairs, and takes the arrays by astype, which copies."""
    tensors = tensors_of(module)
    mine = {(name, x.shape) for name, x in tensors.items()}
    given = {(name, np.shape(array)) for name, array in state.items()}
    if odd := mine ^ given:
        raise ValueError(f"these are in one of both alone: {sorted(map(str, odd))}")
    new = {name: np.asarray(state[name]).astype(x.data.dtype) for name, x in tensors.items()}
    for name, array in new.items():
        tensors[name].data = array


def back_again(module, state):
    """Changes one after the other, and puts all back if something is wrong."""
    before = {name: x.data for name, x in tensors_of(module).items()}
    try:
        wrong = problems(module, state)
        for name, x in tensors_of(module).items():
            if name in state:
                x.data = np.array(state[name], dtype=x.data.dtype)
        if wrong:
            raise ValueError(" and ".join(wrong))
    except ValueError:
        for name, x in tensors_of(module).items():
            x.data = before[name]
        raise


# 13.4


def batches(order=None, cut=None, length=None, once=False, give=lambda data, places: data[places], late=True):
    """Make a `MyDataLoader` that does as the card says, but for what is asked to go wrong."""

    class MyDataLoader:
        def __init__(self, dataset, batch_size, rng=None):
            self.dataset, self.size, self.rng = dataset, batch_size, rng
            self.fixed = self.order() if once else None

        def order(self):
            n = len(self.dataset)
            if order:
                return order(n, self.rng)
            return np.arange(n) if self.rng is None else self.rng.permutation(n)

        def __len__(self):
            return (length or (lambda n, size: -(-n // size)))(len(self.dataset), self.size)

        def __iter__(self):
            places = self.fixed if once else self.order()
            stop = cut(len(places), self.size) if cut else len(places)
            found = (give(self.dataset, places[i : i + self.size]) for i in range(0, stop, self.size))
            return found if late else iter(list(found))

    return MyDataLoader


class Used(batches()):
    """Is its own iterator, which is at its end after one round."""

    def __init__(self, dataset, batch_size, rng=None):
        super().__init__(dataset, batch_size, rng)
        self.rest = None

    def __iter__(self):
        self.rest = self.rest or super().__iter__()
        return self.rest


class OwnIterator(batches()):
    """Begins again for each loop, and keeps one place for all loops."""

    def __iter__(self):
        self.rest = super().__iter__()
        return self

    def __next__(self):
        return next(self.rest)


class WithSlices(batches()):
    def __iter__(self):
        if self.rng is not None:
            return super().__iter__()
        return (self.dataset[i : i + self.size] for i in range(0, len(self.dataset), self.size))


class WithTwoMethods:
    def __init__(self, dataset, batch_size, rng=None):
        self.dataset = dataset
        self.batch_size = batch_size
        self.rng = rng

    def __len__(self):
        return int(np.ceil(len(self.dataset) / self.batch_size))

    def __iter__(self):
        places = list(range(len(self.dataset)))
        if self.rng is not None:
            self.rng.shuffle(places)
        while places:
            yield self.dataset[places[: self.batch_size]]
            places = places[self.batch_size :]


class WithIndexes:
    def __init__(self, data, size, rng=None):
        self.data, self.size, self.rng = data, size, rng

    def starts(self):
        return range(0, len(self.data), self.size)

    def __len__(self):
        return len(self.starts())

    def __iter__(self):
        count = len(self.data)
        order = self.rng.permutation(np.arange(count)) if self.rng else np.arange(count)
        return iter(self.data[order[k : min(k + self.size, count)]] for k in self.starts())


MUTANTS = {
    "13.1": [
        direct,
        one_list_deep,
        finder(holders=(list,)),
        finder(holders=(list, tuple)),
        finder(holders=(dict,)),
        finder(once=False),
        finder(into=False),
        finder(named=False),
        finder(dot="/"),
        finder(wanted=lambda x: isinstance(x, Tensor)),
        finder(wanted=lambda x: isinstance(x, Module) or x.node is not None),
        equal_counts_once,
        as_pairs,
        remembers,
        everything,
        knows_itself,
        adds_keys,
        by_brackets,
        lambda module: finder()(module) | {"self": module},
        lambda module: list(finder()(module).values()),
    ],
    "13.2": [
        layer(shape=lambda n, m: (n, m), compute=lambda self, x: x @ self.weight + self.bias),
        layer(bound=lambda n, m: 1.0),
        layer(bound=lambda n, m: m**-0.5),
        layer(bound=lambda n, m: 1 / n),
        layer(bias=np.zeros),
        layer(order=-1),
        layer(own=lambda: np.random.default_rng(0)),
        layer(own=np.random.default_rng),
        layer(compute=lambda self, x: x @ self.weight.T),
        layer(compute=lambda self, x: Tensor(x.data @ self.weight.data.T + self.bias.data)),
        layer(compute=lambda self, x: x @ self.weight.data.T + self.bias),
        layer(compute=lambda self, x: (x @ self.weight.T + self.bias).relu()),
        layer(base=object),
        InFloat32,
        NoGradient,
        Scaled,
        KeepsInput,
        RemembersInput,
        Calls,
        InAList,
        SameSeed,
        layer()(3, 2),
    ],
    "13.3": [
        one_by_one,
        parameters_only,
        first_error_only,
        new_tensors,
        empties,
        loader(missing=False),
        loader(unknown=False),
        loader(shapes=False),
        loader(shapes=False, copied=lambda array, old: np.array(np.broadcast_to(array, old.shape), old.dtype)),
        loader(shapes=False, copied=lambda array, old: np.resize(array, old.shape).astype(old.dtype)),
        loader(error=KeyError),
        loader(copied=lambda array, old: array),
        loader(copied=lambda array, old: np.asarray(array, old.dtype)),
        loader(copied=lambda array, old: np.array(array)),
        lambda module, state: state.get(None),
        along_the_first_axis,
    ],
    "13.4": [
        batches(order=lambda n, rng: np.arange(n)),
        batches(order=lambda n, rng: np.arange(n) if rng is None else rng.integers(0, n, n)),
        batches(order=lambda n, rng: np.random.default_rng(8).permutation(n)),
        batches(order=lambda n, rng: np.arange(n) if rng is None else np.random.permutation(n)),
        batches(once=True),
        batches(cut=lambda n, size: n - n % size),
        batches(length=lambda n, size: n // size),
        batches(length=lambda n, size: n // size + 1),
        batches(length=lambda n, size: n),
        batches(give=lambda data, places: [data[[place]] for place in places]),
        batches(give=lambda data, places: places),
        batches(late=False),
        Used,
        OwnIterator,
        batches(give=lambda data, places: data[tuple(places)]),
        lambda dataset, batch_size, rng=None: [],
    ],
}
RIGHT = {
    "13.1": [with_a_queue, by_recursion, by_generator, from_the_end, finder()],
    "13.2": [ByRandom, Shaped, layer()],
    "13.3": [in_place, with_sets, back_again, loader()],
    "13.4": [WithTwoMethods, WithIndexes, WithSlices, batches()],
}
SAYS = {
    MUTANTS["13.1"][5]: "are the same object",
    MUTANTS["13.1"][7]: "does not lead to",
    MUTANTS["13.2"][6]: "yours",
    MUTANTS["13.2"][10]: "compute with the Tensor, not with its data",
    knows_itself: "RecursionError",
    RemembersInput: "['bias', 'weight', 'x'] after forward(x)",
    Calls: "Calls has no forward",
    InAList: "has no attribute weight",
    SameSeed: "without rng",
    OwnIterator: "each must have a place of its own",
    one_by_one: "had been changed before",
    InFloat32: "yours:    float32",
    along_the_first_axis: "IndexError",
    new_tensors: "is another object now",
    first_error_only: "expected: an error that names",
    MUTANTS["13.3"][11]: "share memory",
    MUTANTS["13.3"][13]: "expected: float32",
    MUTANTS["13.4"][0]: "The places were not shuffled.",
    MUTANTS["13.4"][5]: "every place, so also",
    MUTANTS["13.4"][11]: "one was wanted so far",
}
