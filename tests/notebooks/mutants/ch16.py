"""Wrong answers to chapter 16's exercises, which the checks must catch, and right ones in other styles."""

import math

import numpy as np

from course import mine

engine = mine.chapter(16)
Module, Tensor = engine.Module, engine.Tensor

# 16.1

GAINS = {"": 1.0, "relu": 2**0.5, "tanh": 5 / 3}


def start(spread):
    """An answer that draws with a spread which may be wrong."""

    def kaiming(fan_in, fan_out, rng, bend):
        if bend not in GAINS:
            raise ValueError(bend)
        return rng.normal(0, spread(fan_in, fan_out, GAINS[bend]), (fan_out, fan_in))

    return kaiming


def turned_shape(fan_in, fan_out, rng, bend):
    if bend not in GAINS:
        raise ValueError(bend)
    return rng.normal(0, GAINS[bend] / fan_in**0.5, (fan_in, fan_out))


def of_every_bend(fan_in, fan_out, rng, bend):
    return rng.normal(0, GAINS.get(bend, 1.0) / fan_in**0.5, (fan_out, fan_in))


def key_error(fan_in, fan_out, rng, bend):
    return rng.normal(0, GAINS[bend] / fan_in**0.5, (fan_out, fan_in))


def even(fan_in, fan_out, rng, bend):
    bound = GAINS.get(bend, 1.0) * (3 / fan_in) ** 0.5
    return rng.uniform(-bound, bound, (fan_out, fan_in))


def own_rng(fan_in, fan_out, rng, bend):
    return np.random.default_rng(7).normal(0, GAINS[bend] / fan_in**0.5, (fan_out, fan_in))


def returned_error(fan_in, fan_out, rng, bend):
    if bend not in GAINS:
        return ValueError(bend)
    return rng.normal(0, GAINS[bend] / fan_in**0.5, (fan_out, fan_in))


def drawn_and_turned(fan_in, fan_out, rng, bend):
    if bend not in GAINS:
        raise ValueError(bend)
    return rng.normal(0, GAINS[bend] / fan_in**0.5, (fan_in, fan_out)).T


def as_list(fan_in, fan_out, rng, bend):
    return rng.normal(0, GAINS[bend] / fan_in**0.5, (fan_out, fan_in)).tolist()


def by_match(fan_in, fan_out, rng, bend="relu"):
    match bend:
        case "":
            variance = 1 / fan_in
        case "relu":
            variance = 2 / fan_in
        case "tanh":
            variance = 25 / 9 / fan_in
        case _:
            raise ValueError(f"no gain for {bend}")
    return np.sqrt(variance) * rng.standard_normal((fan_out, fan_in))


def by_scaling(fan_in, fan_out, rng, bend):
    names, gains = ["", "relu", "tanh"], np.array([1, math.sqrt(2), 1 / 0.6])
    return rng.normal(size=(fan_out, fan_in)) * gains[names.index(bend)] / math.sqrt(fan_in)


# 16.2


def batch_norm(**changes):
    """A class that is right but for what is changed: names of the steps below, each a function."""
    steps = {
        "mean": lambda x: x.mean(axis=0),
        "variance": lambda c: (c * c).mean(axis=0),
        "batch_variance": lambda v, rows: v.data * rows / (rows - 1),
        "running": lambda m, old, new: (1 - m) * old + m * new,
        "store": lambda running, array: setattr(running, "data", array),
        "root": lambda v, eps: (v + eps) ** 0.5,
        "training": lambda self: self.training,
        "one_row": lambda: True,
        "buffer": Tensor,
    } | changes

    class MyBatchNorm(Module):
        def __init__(self, features, momentum=0.1, eps=1e-5):
            self.momentum, self.eps = momentum, eps
            self.weight, self.bias = Tensor(np.ones(features), True), Tensor(np.zeros(features), True)
            self.running_mean, self.running_var = (
                steps["buffer"](np.zeros(features)),
                steps["buffer"](np.ones(features)),
            )

        def forward(self, x):
            if steps["training"](self):
                rows = x.shape[0]
                if rows == 1 and steps["one_row"]():
                    raise ValueError("one row")
                mean = steps["mean"](x)
                c = x - mean
                v = steps["variance"](c)
                m, running = self.momentum, steps["running"]
                steps["store"](self.running_mean, running(m, self.running_mean.data, mean.data))
                steps["store"](self.running_var, running(m, self.running_var.data, steps["batch_variance"](v, rows)))
            else:
                c, v = x - self.running_mean, self.running_var
            return c / steps["root"](v, self.eps) * self.weight + self.bias

    return MyBatchNorm


def mean_of_rows(x):
    return x.mean(axis=1, keepdims=True)


class Remembers(batch_norm()):
    """Keeps the running statistics as results, with the graphs of all batches."""

    def forward(self, x):
        if not self.training:
            return super().forward(x)
        if x.shape[0] == 1:
            raise ValueError("one row")
        mean = x.mean(axis=0)
        c = x - mean
        v = (c * c).mean(axis=0)
        rows = x.shape[0]
        self.running_mean = self.running_mean * (1 - self.momentum) + mean * self.momentum
        self.running_var = self.running_var * (1 - self.momentum) + v * (self.momentum * rows / (rows - 1))
        return c / (v + self.eps) ** 0.5 * self.weight + self.bias


class Shared(batch_norm()):
    """One pair of running statistics for all layers of a size."""

    known = {}

    def __init__(self, features, *settings):
        super().__init__(features, *settings)
        key = (features, *settings)
        self.running_mean, self.running_var = self.known.setdefault(key, (self.running_mean, self.running_var))


class LateError(batch_norm(one_row=lambda: False, batch_variance=lambda v, rows: v.data * rows / max(rows - 1, 1))):
    def forward(self, x):
        y = super().forward(x)
        if self.training and x.shape[0] == 1:
            raise ValueError("one row")
        return y


class AsArrays(batch_norm()):
    """Keeps the running statistics as arrays, which no state_dict finds."""

    def __init__(self, features, *settings):
        super().__init__(features, *settings)
        self.running_mean, self.running_var = np.zeros(features), np.ones(features)


class OfNoModule:
    def __init__(self, features, momentum=0.1, eps=1e-5):
        self.weight = Tensor(np.ones(features), True)

    def forward(self, x):
        return x


class InPlace(Module):
    """Moves the running arrays in place, and computes the root as a power of -1/2."""

    def __init__(self, features, momentum=0.1, eps=1e-5):
        self.share, self.tiny = momentum, eps
        self.bias = Tensor(np.zeros(features), requires_grad=True)
        self.weight = Tensor(np.ones(features), requires_grad=True)
        self.running_mean = Tensor(np.zeros(features))
        self.running_var = Tensor(np.ones(features))

    def forward(self, x):
        if not self.training:
            return (x - self.running_mean) * (self.running_var + self.tiny) ** -0.5 * self.weight + self.bias
        if len(x.data) < 2:
            raise ValueError("a batch needs two rows")
        off = x - x.mean(0, keepdims=True)
        mean_square = (off**2).mean(axis=0, keepdims=True)
        for running, batch in ((self.running_mean, x.data.mean(0)), (self.running_var, x.data.var(0, ddof=1))):
            running.data += self.share * (batch - running.data)
        return off * (mean_square + self.tiny) ** -0.5 * self.weight + self.bias


class NewTensors(Module):
    """Puts new tensors in place of the running ones, under no_grad."""

    def __init__(self, features, momentum=0.1, eps=1e-5):
        self.weight, self.bias = (Tensor(np.full(features, v), requires_grad=True) for v in (1.0, 0.0))
        self.running_mean, self.running_var = (Tensor(np.full(features, v)) for v in (0.0, 1.0))
        self.settings = momentum, eps

    def forward(self, x):
        m, eps = self.settings
        mean, variance = self.running_mean, self.running_var
        if self.training:
            n = x.shape[0]
            if n == 1:
                raise ValueError("one row")
            mean = x.sum(axis=0) / n
            variance = ((x - mean) ** 2).sum(axis=0) / n
            with engine.no_grad():
                self.running_mean = self.running_mean * (1 - m) + mean * m
                self.running_var = self.running_var * (1 - m) + variance * n / (n - 1) * m
        return (x - mean) / (variance + eps) ** 0.5 * self.weight + self.bias


def own_eval(forward):
    """A class that is right in training, with another function in evaluation."""

    class MyBatchNorm(batch_norm()):
        def forward(self, x):
            return super().forward(x) if self.training else forward(self, x)

    return MyBatchNorm


class MovedFirst(batch_norm()):
    """Moves the running statistics, and normalizes with them."""

    def forward(self, x):
        if not self.training:
            return super().forward(x)
        super().forward(x)
        self.training = False
        y = super().forward(x)
        self.training = True
        return y


class Exchanged(batch_norm()):
    def forward(self, x):
        y = (super().forward(x) - self.bias) / self.weight
        return y * self.bias + self.weight


# 16.3


def layer_norm(normal):
    """A class around a function of x and eps."""

    class MyLayerNorm(Module):
        def __init__(self, features, eps=1e-5):
            self.eps = eps
            self.weight, self.bias = Tensor(np.ones(features), True), Tensor(np.zeros(features), True)

        def forward(self, x):
            return normal(x, self.eps) * self.weight + self.bias

    return MyLayerNorm


def by_row(x, eps):
    c = x - x.mean(axis=-1, keepdims=True)
    return c / ((c * c).mean(axis=-1, keepdims=True) + eps) ** 0.5


def by_column(x, eps):
    c = x - x.mean(axis=0)
    return c / ((c * c).mean(axis=0) + eps) ** 0.5


def by_axis_1(x, eps):
    c = x - x.mean(axis=1, keepdims=True)
    return c / ((c * c).mean(axis=1, keepdims=True) + eps) ** 0.5


def without_keepdims(x, eps):
    c = x - x.mean(axis=-1)
    return c / ((c * c).mean(axis=-1) + eps) ** 0.5


def of_everything(x, eps):
    c = x - x.mean()
    return c / ((c * c).mean() + eps) ** 0.5


def with_one_less(x, eps):
    c = x - x.mean(axis=-1, keepdims=True)
    return c / ((c * c).sum(axis=-1, keepdims=True) / max(x.shape[-1] - 1, 1) + eps) ** 0.5


def eps_outside(x, eps):
    c = x - x.mean(axis=-1, keepdims=True)
    return c / ((c * c).mean(axis=-1, keepdims=True) ** 0.5 + eps)


def without_mean(x, eps):
    c = x - x.mean(axis=-1, keepdims=True)
    return x / ((c * c).mean(axis=-1, keepdims=True) + eps) ** 0.5


def with_constants(x, eps):
    c = x - x.data.mean(axis=-1, keepdims=True)
    return c / np.sqrt(x.data.var(axis=-1, keepdims=True) + eps)


def without_root(x, eps):
    c = x - x.mean(axis=-1, keepdims=True)
    return c / ((c * c).mean(axis=-1, keepdims=True) + eps)


def other_variance(x, eps):
    return (x - x.mean(axis=-1, keepdims=True)) / ((x * x).mean(axis=-1, keepdims=True) + eps) ** 0.5


def root_mean_square(x, eps):
    return x / ((x * x).mean(axis=-1, keepdims=True) + eps) ** 0.5


def by_squares(x, eps):
    """The variance as the mean of squares less the square of the mean."""
    mean = x.mean(axis=-1, keepdims=True)
    return (x - mean) * ((x * x).mean(axis=-1, keepdims=True) - mean * mean + eps) ** -0.5


class ByTransposing(Module):
    def __init__(self, size, eps=1e-5):
        self.weight = Tensor(np.ones(size), requires_grad=True)
        self.bias = Tensor(np.zeros(size), requires_grad=True)
        self.tiny = eps

    def forward(self, x):
        x = x.T
        x = x - x.mean(axis=0)
        return (x / ((x**2).mean(axis=0) + self.tiny) ** 0.5).T * self.weight + self.bias


class OnlyInTraining(layer_norm(by_row)):
    def forward(self, x):
        return super().forward(x) if self.training else x


class FrozenWeight(layer_norm(by_row)):
    def __init__(self, features, eps=1e-5):
        super().__init__(features, eps)
        self.weight = Tensor(np.ones(features))


# 16.4


def dropout(mask, outside=lambda x, p: x, least=0):
    """A class around a function that makes a mask of x, p and rng."""

    class MyDropout(Module):
        def __init__(self, p, rng=None):
            if not least <= p < 1:
                raise ValueError(p)
            self.p, self.rng = p, rng or np.random.default_rng()

        def forward(self, x):
            return x * mask(x, self.p, self.rng) if self.training else outside(x, self.p)

    return MyDropout


def right_mask(x, p, rng):
    return (rng.random(x.shape) >= p).astype(x.data.dtype) / (1 - p)


class SameMask(dropout(right_mask)):
    def forward(self, x):
        if self.training and not hasattr(self, "mask"):
            self.mask = right_mask(x, self.p, self.rng)
        return x * self.mask if self.training else x


class Constant(dropout(right_mask)):
    def forward(self, x):
        return Tensor(x.data * right_mask(x, self.p, self.rng)) if self.training else x


class Always(dropout(right_mask)):
    def forward(self, x):
        return x * right_mask(x, self.p, self.rng)


class AnyP(dropout(right_mask)):
    def __init__(self, p, rng=None):
        self.p, self.rng = p, rng


class ByDivision(Module):
    """Draws under another name, and divides the result."""

    def __init__(self, share, generator=None):
        if share < 0 or share >= 1:
            raise ValueError(f"a share of {share}")
        self.share, self.generator = share, generator

    def forward(self, x):
        if self.training:
            dropped = self.generator.random(x.shape) < self.share
            x = x * (1 - dropped).astype(x.data.dtype) / (1 - self.share)
        return x


class ByWhere(dropout(right_mask)):
    def forward(self, x):
        if not self.training or self.p == 0:
            if self.training:
                self.rng.random(x.shape)
            return x * 1
        kept = np.where(self.rng.random(x.shape) < self.p, 0, 1 / (1 - self.p)).astype(x.data.dtype)
        return Tensor(kept) * x


# 16.5


def measured(measure=np.std, times=1, bias=True, every=True):
    def measured_start(layers, x):
        h = x
        for layer in layers:
            if hasattr(layer, "weight"):
                if bias:
                    layer.bias.data = np.zeros_like(layer.bias.data)
                layer.weight.data = layer.weight.data / measure(layer(h).data) ** times
            if every or hasattr(layer, "weight"):
                h = layer(h)

    return measured_start


def all_at_once(layers, x):
    """Measures all layers before any is changed."""
    h, found = x, []
    for layer in layers:
        if hasattr(layer, "weight"):
            layer.bias.data = np.zeros_like(layer.bias.data)
        h = layer(h)
        found.append(h.data.std())
    for layer, size in zip(layers, found, strict=True):
        if hasattr(layer, "weight"):
            layer.weight.data = layer.weight.data / size


def new_weights(layers, x):
    """Draws new weights by the formula instead of measuring."""
    rng = np.random.default_rng(0)
    for layer in layers:
        if hasattr(layer, "weight"):
            layer.bias.data = np.zeros_like(layer.bias.data)
            layer.weight.data = rng.normal(0, layer.weight.shape[1] ** -0.5, layer.weight.shape)


def in_rounds(layers, x):
    """Repeats until nothing changes, as the method is usually written."""
    for layer in layers:
        if "weight" in dir(layer):
            layer.bias.data *= 0
            while abs(layer(x).data.std() - 1) > 1e-9:
                layer.weight.data = layer.weight.data / layer(x).data.std()
        x = layer(x)


def recursive(layers, x):
    if not layers:
        return
    first, *others = layers
    if hasattr(first, "weight"):
        first.bias.data = 0.0 * first.bias.data
        first.weight.data /= np.var(x.data @ first.weight.data.T) ** 0.5
    recursive(others, first(x))


def own_tensors(layers, x):
    """Goes on with arrays, and makes Tensors of the reader's engine."""
    h = x.data
    for layer in layers:
        if hasattr(layer, "weight"):
            layer.bias.data = np.zeros(layer.bias.shape)
            layer.weight.data = layer.weight.data / (h @ layer.weight.data.T).std()
        h = layer(Tensor(h)).data


def replaced(layers, x):
    for layer in layers:
        if hasattr(layer, "weight"):
            layer.bias = Tensor(np.zeros(layer.bias.shape), requires_grad=True)
            layer.weight = Tensor(layer.weight.data / layer(x).data.std(), requires_grad=True)
        x = layer(x)


def frozen(layers, x):
    measured()(layers, x)
    for layer in layers:
        if hasattr(layer, "weight"):
            layer.weight.node = None


def each_unit(layers, x):
    for layer in layers:
        if hasattr(layer, "weight"):
            layer.bias.data = layer.bias.data * 0
            layer.weight.data = layer.weight.data / layer(x).data.std(axis=0)[:, None]
        x = layer(x)


MUTANTS = {
    "16.1": [
        start(lambda i, o, gain: gain / i),
        start(lambda i, o, gain: gain**2 / i**0.5),
        start(lambda i, o, gain: gain**2 / i),
        start(lambda i, o, gain: gain / o**0.5),
        start(lambda i, o, gain: i**-0.5),
        start(lambda i, o, gain: (2 / (i + o)) ** 0.5),
        turned_shape,
        of_every_bend,
        key_error,
        even,
        own_rng,
        as_list,
        returned_error,
        drawn_and_turned,
        start(lambda i, o, gain: gain * i**0.5),
        start(lambda i, o, gain: 1 / gain / i**0.5),
    ],
    "16.2": [
        batch_norm(variance=lambda c: (c * c).sum(axis=0) / (c.shape[0] - 1), batch_variance=lambda v, rows: v.data),
        batch_norm(batch_variance=lambda v, rows: v.data),
        batch_norm(batch_variance=lambda v, rows: (v.data * rows / (rows - 1)) ** 0.5),
        batch_norm(running=lambda m, old, new: m * old + (1 - m) * new),
        batch_norm(running=lambda m, old, new: new),
        batch_norm(store=lambda running, array: None),
        batch_norm(root=lambda v, eps: v**0.5 + eps),
        batch_norm(root=lambda v, eps: v + eps),
        batch_norm(training=lambda self: True),
        batch_norm(training=lambda self: False),
        batch_norm(mean=lambda x: x.mean(axis=0).detach()),
        batch_norm(variance=lambda c: (c * c).mean(axis=0).detach()),
        batch_norm(
            mean=lambda x: x.mean(axis=1, keepdims=True), variance=lambda c: (c * c).mean(axis=1, keepdims=True)
        ),
        batch_norm(one_row=lambda: False),
        batch_norm(buffer=lambda array: Tensor(array, requires_grad=True)),
        batch_norm(batch_variance=lambda v, rows: v.data.astype(float) * rows / (rows - 1)),
        Remembers,
        Shared,
        LateError,
        AsArrays,
        OfNoModule,
        batch_norm()(3),
        batch_norm(root=lambda v, eps: v**0.5),
        batch_norm(root=lambda v, eps: (v + 1e-5) ** 0.5),
        batch_norm(batch_variance=lambda v, rows: v.data * (rows - 1) / rows),
        batch_norm(running=lambda m, old, new: old + m * new),
        MovedFirst,
        Exchanged,
        own_eval(lambda self, x: (x - self.running_mean) / (self.running_var + self.eps) * self.weight + self.bias),
        own_eval(lambda self, x: (x - self.running_mean) / (self.running_var + self.eps) ** 0.5),
        own_eval(lambda self, x: x * self.weight + self.bias),
    ],
    "16.3": [
        *map(layer_norm, (by_column, by_axis_1, without_keepdims, of_everything, with_one_less, eps_outside)),
        *map(layer_norm, (without_mean, with_constants, without_root)),
        OnlyInTraining,
        FrozenWeight,
        *map(layer_norm, (other_variance, root_mean_square)),
        layer_norm(lambda x, eps: by_row(x, 0.0)),
        layer_norm(lambda x, eps: by_row(x, 1e-5)),
    ],
    "16.4": [
        dropout(lambda x, p, rng: (rng.random(x.shape) >= p).astype(x.data.dtype)),
        dropout(lambda x, p, rng: (rng.random(x.shape) < p) / (p or 1)),
        dropout(lambda x, p, rng: (rng.random(x.shape) < p) / (1 - p)),
        dropout(lambda x, p, rng: (rng.random(x.shape) >= p) / (1 - p)),
        dropout(lambda x, p, rng: (rng.random(x.shape[-1:]) >= p) / (1 - p)),
        dropout(right_mask, outside=lambda x, p: x * (1 - p)),
        SameMask,
        Constant,
        Always,
        AnyP,
        dropout(lambda x, p, rng: (rng.random(x.shape) >= p) * (1 - p)),
        dropout(lambda x, p, rng: (rng.random(x.shape) >= p) / (p or 1)),
        dropout(lambda x, p, rng: (rng.random(x.shape) < 1 - p) / (1 - p)),
    ],
    "16.5": [
        measured(times=2),
        measured(bias=False),
        measured(every=False),
        measured(np.var),
        measured(lambda h: (h**2).mean() ** 0.5),
        all_at_once,
        new_weights,
        replaced,
        frozen,
        each_unit,
    ],
}

RIGHT = {
    "16.1": [by_match, by_scaling],
    "16.2": [batch_norm(), InPlace, NewTensors],
    "16.3": [layer_norm(by_row), layer_norm(by_squares), ByTransposing],
    "16.4": [dropout(right_mask), ByDivision, ByWhere],
    "16.5": [measured(), in_rounds, recursive, own_tensors],
}

SAYS = {
    MUTANTS["16.1"][0]: "divided by fan_in",
    MUTANTS["16.2"][0]: "variance with rows - 1",
    MUTANTS["16.2"][3]: "momentum at the other place",
    MUTANTS["16.2"][10]: "without the paths through the mean.",
    MUTANTS["16.2"][11]: "without the paths through the variance.",
    Remembers: "remembers how it was computed",
    LateError: "before anything moves",
    AsArrays: "expected: a Tensor",
    MUTANTS["16.3"][0]: "over axis 0",
    MUTANTS["16.3"][7]: "without the paths through mean and variance",
    MUTANTS["16.4"][0]: "without dividing what stays by 1 - p",
    MUTANTS["16.4"][1]: "p is the share that stays",
    returned_error: "that was returned",
    drawn_and_turned: "draw (fan_out, fan_in)",
    MUTANTS["16.1"][14]: "where it divides",
    MUTANTS["16.1"][15]: "a gain upside down",
    MUTANTS["16.2"][22]: "without eps",
    MUTANTS["16.2"][23]: "of eps 1e-05",
    MUTANTS["16.2"][24]: "it is rows / (rows - 1)",
    MUTANTS["16.2"][25]: "of the old, only 1 - momentum stays",
    MovedFirst: "already moved",
    Exchanged: "in each other's place",
    MUTANTS["16.2"][28]: "by its root",
    MUTANTS["16.2"][29]: "without weight and bias",
    MUTANTS["16.2"][30]: "without normalizing",
    MUTANTS["16.3"][11]: "take the mean off first",
    MUTANTS["16.3"][12]: "mean square, without",
    MUTANTS["16.3"][13]: "without eps",
    MUTANTS["16.3"][14]: "of eps 1e-05",
    MUTANTS["16.4"][10]: "multiplying what stays",
    MUTANTS["16.4"][11]: "dividing what stays by p",
    MUTANTS["16.4"][12]: "keeping what is below 1 - p",
    replaced: "an optimizer would move the old one",
    frozen: "not the same leaf",
}
