"""Wrong answers to chapter 14's exercises, which the checks must catch, and right ones in other styles."""

import math

import numpy as np

from course.mine.tensor_optimizers import SGD as Right
from course.mine.tensor_optimizers import Adam, AdamW, Optimizer
from course.mine.tensor_optimizers import warmup_cosine as right_plan

# 14.1


class Momentum(Optimizer):
    """What the wrong answers share: the settings."""

    def __init__(self, parameters, lr, momentum=0.0, nesterov=False):
        super().__init__(parameters, lr)
        self.momentum, self.nesterov = momentum, nesterov


def sgd(update):
    """An answer made of its `update`."""
    return type(f"{update.__name__.title()}SGD", (Momentum,), {"update": update})


def uphill(self, x, g, state):
    rule = Right if isinstance(self, Momentum) else Adam
    return 2 * x - rule.update(self, x, g, state)


def forgets(self, x, g, state):
    """Does not keep v."""
    v = self.momentum * state.get("v", 0.0) + g
    return x - self.lr * (g + self.momentum * v if self.nesterov else v)


def average(self, x, g, state):
    v = state["v"] = self.momentum * state.get("v", 0.0) + (1 - self.momentum) * g
    return x - self.lr * (g + self.momentum * v if self.nesterov else v)


def rate_inside(self, x, g, state):
    v = state["v"] = self.momentum * state.get("v", 0.0) - self.lr * g
    return x + (self.momentum * v - self.lr * g if self.nesterov else v)


def always_nesterov(self, x, g, state):
    v = state["v"] = self.momentum * state.get("v", 0.0) + g
    return x - self.lr * (g + self.momentum * v)


def never_nesterov(self, x, g, state):
    v = state["v"] = self.momentum * state.get("v", 0.0) + g
    return x - self.lr * v


def old_v_ahead(self, x, g, state):
    """Looks ahead with the sum before g."""
    old = state.get("v", 0.0)
    v = state["v"] = self.momentum * old + g
    return x - self.lr * (g + self.momentum * old if self.nesterov else v)


def v_before_step(self, x, g, state):
    """Steps with the sum of the gradients before this one."""
    old = state.get("v", 0.0 * g)
    state["v"] = self.momentum * old + g
    return x - self.lr * old


def v_is_g(self, x, g, state):
    """Keeps g itself as v, and adds to it in place."""
    if "v" in state:
        state["v"] *= self.momentum
        state["v"] += g
    else:
        state["v"] = g
    v = state["v"]
    return x - self.lr * (g + self.momentum * v if self.nesterov else v)


def moves_in_place(self, x, g, state):
    new = Right.update(self, x, g, state)
    x[...] = new
    return x


def in_float64(self, x, g, state):
    return Right.update(self, np.asarray(x, np.float64), g, state)


def step_alone(self, x, g, state):
    """Returns what should be subtracted from x."""
    rule = Right if isinstance(self, Momentum) else Adam
    return x - rule.update(self, x, g, state)


def float64_zeros(self, x, g, state):
    """The float64 of np.zeros spreads to everything computed with it."""
    v = state["v"] = self.momentum * state.get("v", np.zeros(x.shape)) + g
    return x - self.lr * (g + self.momentum * v if self.nesterov else v)


def g_leaks_too(self, x, g, state):
    """Multiplies the new gradient by momentum too."""
    v = state["v"] = self.momentum * (state.get("v", 0.0) + g)
    return x - self.lr * (g + self.momentum * v if self.nesterov else v)


def keeps_what_looks_ahead(self, x, g, state):
    """Keeps g + momentum v as v."""
    v = self.momentum * state.get("v", 0.0) + g
    v = state["v"] = g + self.momentum * v if self.nesterov else v
    return x - self.lr * v


def v_twice_ahead(self, x, g, state):
    """Adds momentum v to v, in place of g."""
    v = state["v"] = self.momentum * state.get("v", 0.0) + g
    return x - self.lr * (v + self.momentum * v if self.nesterov else v)


class OneSum(Momentum):
    """One v for all parameters of a shape."""

    def update(self, x, g, state):
        return Right.update(self, x, g, self.__dict__.setdefault("shared", {}).setdefault(x.shape, {}))


class TwoLines(Momentum):
    """Keeps v under its own name, in the object, by the parameter's place; and takes its steps by itself."""

    def __init__(self, parameters, lr, momentum=0.0, nesterov=False):
        super().__init__(parameters, lr, momentum, nesterov)
        self.sums = [np.zeros_like(p.data) for p in self.parameters]

    def step(self):
        for n, parameter in enumerate(self.parameters):
            if parameter.grad is None:
                continue
            self.sums[n] = parameter.grad + self.sums[n] * self.momentum
            push = parameter.grad + self.sums[n] * self.momentum if self.nesterov else self.sums[n]
            parameter.data = parameter.data - push * self.lr


class Looped(Momentum):
    """Number by number, with v as a list."""

    def update(self, x, g, state):
        new, known = [], state.get("v", [0.0] * x.size)
        state["v"] = [self.momentum * v + slope for v, slope in zip(known, g.ravel(), strict=True)]
        for place, slope, v in zip(x.ravel(), g.ravel(), state["v"], strict=True):
            new.append(place - self.lr * (slope + self.momentum * v if self.nesterov else v))
        return np.array(new, dtype=x.dtype).reshape(x.shape)


class Downwards(Momentum):
    """v points downhill."""

    def update(self, x, g, state):
        v = state["velocity"] = self.momentum * state.get("velocity", 0) - g
        return x + self.lr * (self.momentum * v - g if self.nesterov else v)


class FirstIsG(Momentum):
    """Begins with g, as PyTorch does, and changes its own array in place."""

    def update(self, x, g, state):
        if "buffer" not in state:
            state["buffer"] = g.copy()
        else:
            state["buffer"] *= self.momentum
            state["buffer"] += g
        if self.nesterov:
            return x - self.lr * (g + self.momentum * state["buffer"])
        return x - self.lr * state["buffer"]


class AllGradients(Momentum):
    """Keeps all gradients, and adds them up anew each time."""

    def update(self, x, g, state):
        known = state.setdefault("all", [])
        known.append(g)
        v = sum(self.momentum**age * old for age, old in enumerate(reversed(known)))
        return x - self.lr * (g + self.momentum * v if self.nesterov else v)


# 14.2


def adam(update, base=Adam):
    return type(f"{update.__name__.title()}{base.__name__}", (base,), {"update": update})


def averages(self, g, state):
    b1, b2 = self.betas
    t = state["t"] = state.get("t", 0) + 1
    m = state["m"] = b1 * state.get("m", 0.0) + (1 - b1) * g
    s = state["s"] = b2 * state.get("s", 0.0) + (1 - b2) * g * g
    return m, s, 1 - b1**t, 1 - b2**t


def uncorrected(self, x, g, state):
    m, s, _, _ = averages(self, g, state)
    return x - self.lr * m / (np.sqrt(s) + self.eps)


def only_m(self, x, g, state):
    m, s, c, _ = averages(self, g, state)
    return x - self.lr * (m / c) / (np.sqrt(s) + self.eps)


def only_s(self, x, g, state):
    m, s, _, d = averages(self, g, state)
    return x - self.lr * m / (np.sqrt(s / d) + self.eps)


def eps_inside(self, x, g, state):
    m, s, c, d = averages(self, g, state)
    return x - self.lr * (m / c) / np.sqrt(s / d + self.eps)


def eps_before(self, x, g, state):
    """eps is added before the correction."""
    m, s, c, d = averages(self, g, state)
    return x - self.lr * (m / c) / ((np.sqrt(s) + self.eps) / math.sqrt(d))


def no_root(self, x, g, state):
    m, s, c, d = averages(self, g, state)
    return x - self.lr * (m / c) / (s / d + self.eps)


def kept_corrected(self, x, g, state):
    """Puts the corrected averages back into the state."""
    m, s, c, d = averages(self, g, state)
    state["m"], state["s"] = m / c, s / d
    return x - self.lr * state["m"] / (np.sqrt(state["s"]) + self.eps)


def one_beta(self, x, g, state):
    b1, _ = self.betas
    t = state["t"] = state.get("t", 0) + 1
    m = state["m"] = b1 * state.get("m", 0.0) + (1 - b1) * g
    s = state["s"] = b1 * state.get("s", 0.0) + (1 - b1) * g * g
    return x - self.lr * (m / (1 - b1**t)) / (np.sqrt(s / (1 - b1**t)) + self.eps)


def late_count(self, x, g, state):
    """Counts after the correction, from 1, so that the second step is corrected like the first."""
    m, s, _, _ = averages(self, g, state)
    t = max(1, state["t"] - 1)
    b1, b2 = self.betas
    return x - self.lr * (m / (1 - b1**t)) / (np.sqrt(s / (1 - b2**t)) + self.eps)


def sums(self, x, g, state):
    """Adds every gradient whole, and corrects as if these were averages."""
    b1, b2 = self.betas
    _, _, c, d = averages(self, g, state)
    m = state["sum"] = b1 * state.get("sum", 0.0) + g
    s = state["squares"] = b2 * state.get("squares", 0.0) + g * g
    return x - self.lr * (m / c) / (np.sqrt(s / d) + self.eps)


def root_first(self, x, g, state):
    """Corrects the root of s."""
    m, s, c, d = averages(self, g, state)
    return x - self.lr * (m / c) / (np.sqrt(s) / d + self.eps)


def whole_size(self, x, g, state):
    """Divides by the length of the whole gradient, not axis by axis."""
    b1, b2 = self.betas
    m, _, c, d = averages(self, g, state)
    s = state["size"] = b2 * state.get("size", 0.0) + (1 - b2) * (g * g).sum()
    return x - self.lr * (m / c) / (np.sqrt(s / d) + self.eps)


def eps_fixed(self, x, g, state):
    m, s, c, d = averages(self, g, state)
    return x - self.lr * (m / c) / (np.sqrt(s / d) + 1e-8)


def g_for_m(self, x, g, state):
    """Forgets m."""
    _, s, _, d = averages(self, g, state)
    return x - self.lr * g / (np.sqrt(s / d) + self.eps)


class OneCount(Adam):
    """Counts the calls for all parameters together."""

    def update(self, x, g, state):
        self.count = getattr(self, "count", 0) + 1
        state["t"] = self.count - 1
        return super().update(x, g, state)


class CountsSteps(Adam):
    """Counts the steps of the optimizer, also those in which a parameter had no gradient."""

    def step(self):
        for state in self.state:
            state["steps"] = state.get("steps", 0) + 1
        super().step()

    def update(self, x, g, state):
        state["t"] = state["steps"] - 1
        return super().update(x, g, state)


class WithArrays(Optimizer):
    """Averages in arrays of zeros, moved towards g by a share of the difference."""

    def __init__(self, parameters, lr=0.001, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(parameters, lr)
        self.beta1, self.beta2, self.eps = *betas, eps

    def update(self, x, g, state):
        if not state:
            state.update(t=0, m=np.zeros_like(x), s=np.zeros_like(x))
        state["t"] += 1
        state["m"] = state["m"] + (1 - self.beta1) * (g - state["m"])
        state["s"] = state["s"] + (1 - self.beta2) * (g**2 - state["s"])
        m = state["m"] / (1 - self.beta1 ** state["t"])
        s = state["s"] / (1 - self.beta2 ** state["t"])
        return x - self.lr * m / (s**0.5 + self.eps)


class Weights(Adam):
    """Divides by the sum of the shares instead of the formula: an average over what there is."""

    def update(self, x, g, state):
        b1, b2 = self.betas
        for name, beta, new in (("m", b1, g), ("s", b2, g * g)):
            total, weight = state.get(name, (0.0, 0.0))
            state[name] = beta * total + (1 - beta) * new, beta * weight + (1 - beta)
        m, s = (total / weight for total, weight in (state["m"], state["s"]))
        return x - self.lr * m / (np.sqrt(s) + self.eps)


class History(Adam):
    """Keeps all gradients, and averages them anew each time."""

    def update(self, x, g, state):
        known = state.setdefault("all", [])
        known.append(g)
        means = []
        for beta, terms in zip(self.betas, (known, [old**2 for old in known]), strict=True):
            shares = [beta**age for age in reversed(range(len(terms)))]
            means.append(sum(share * term for share, term in zip(shares, terms, strict=True)) / sum(shares))
        return x - self.lr * means[0] / (means[1] ** 0.5 + self.eps)


class AsInThePaper(Adam):
    """One rate for both corrections, with eps made as much smaller as the root is; averages in place."""

    def update(self, x, g, state):
        b1, b2 = self.betas
        if not state:
            state.update(m=np.zeros_like(x), s=np.zeros_like(x), t=0)
        m, s = state["m"], state["s"]
        state["t"] += 1
        m *= b1
        m += (1 - b1) * g
        s *= b2
        s += (1 - b2) * g * g
        root = math.sqrt(1 - b2 ** state["t"])
        return x - self.lr * root / (1 - b1 ** state["t"]) * m / (np.sqrt(s) + self.eps * root)


# 14.3


def in_gradient(self, x, g, state):
    return Adam.update(self, x, g + self.weight_decay * x, state)


def after_step(self, x, g, state):
    return Adam.update(self, x, g, state) * (1 - self.lr * self.weight_decay)


def without_lr(self, x, g, state):
    return Adam.update(self, x * (1 - self.weight_decay), g, state)


def no_decay(self, x, g, state):
    return Adam.update(self, x, g, state)


def grows(self, x, g, state):
    return Adam.update(self, x * (1 + self.lr * self.weight_decay), g, state)


def shrinks_in_place(self, x, g, state):
    x *= 1 - self.lr * self.weight_decay
    return Adam.update(self, x, g, state)


def forgets_averages(self, x, g, state):
    return Adam.update(self, x * (1 - self.lr * self.weight_decay), g, {})


def in_both(self, x, g, state):
    """Shrinks x, and adds the decay to the gradient too."""
    return Adam.update(self, x * (1 - self.lr * self.weight_decay), g + self.weight_decay * x, state)


def same_for_all(self, x, g, state):
    """Takes the same number from every weight, not the same share."""
    return Adam.update(self, x - self.lr * self.weight_decay, g, state)


def adams_step_lost(self, x, g, state):
    Adam.update(self, x, g, state)
    return x * (1 - self.lr * self.weight_decay)


class AlsoWithoutGradient(Adam):
    """Shrinks parameters that have no gradient in this step."""

    def __init__(self, parameters, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(parameters, lr, betas, eps)
        self.weight_decay = weight_decay

    def step(self):
        for parameter in self.parameters:
            parameter.data = parameter.data * (1 - self.lr * self.weight_decay)
        super().step()


class FirstRate(AdamW):
    """Takes the rate of the beginning for the decay."""

    def __init__(self, parameters, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(parameters, lr, betas, eps, weight_decay)
        self.share = lr * weight_decay

    def update(self, x, g, state):
        return Adam.update(self, x * (1 - self.share), g, state)


class Alone(WithArrays):
    """Not from Adam; subtracts the decay after the step, computed from x as it was."""

    def __init__(self, parameters, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(parameters, lr, betas, eps)
        self.weight_decay = weight_decay

    def update(self, x, g, state):
        return super().update(x, g, state) - self.lr * self.weight_decay * x


class AdamInside(Optimizer):
    """Has an Adam, and hands it the rate of each step."""

    def __init__(self, parameters, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(parameters, lr)
        self.adam, self.weight_decay = Adam(self.parameters, lr, betas, eps), weight_decay

    def update(self, x, g, state):
        self.adam.lr = self.lr
        return self.adam.update(x - self.lr * self.weight_decay * x, g, state)


class InStep(Adam):
    """Shrinks in `step`, those that have a gradient."""

    def __init__(self, parameters, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(parameters, lr, betas, eps)
        self.weight_decay = weight_decay

    def step(self):
        for parameter in self.parameters:
            if parameter.grad is not None:
                parameter.data = parameter.data - self.lr * self.weight_decay * parameter.data
        super().step()


# 14.4


def from_zero(step, steps, warmup):
    return step / warmup if step < warmup else right_plan(step, steps, warmup)


def over_all(step, steps, warmup):
    return (step + 1) / warmup if step < warmup else 0.5 * (1 + math.cos(math.pi * step / steps))


def never_ends(step, steps, warmup):
    return (step + 1) / warmup if step < warmup else 0.5 * (1 + math.cos(math.pi * (step - warmup) / steps))


def in_a_line(step, steps, warmup):
    return (step + 1) / warmup if step < warmup else (steps - step) / (steps - warmup)


def below_zero(step, steps, warmup):
    return (step + 1) / warmup if step < warmup else math.cos(math.pi * (step - warmup) / (steps - warmup))


def whole_turn(step, steps, warmup):
    return (
        (step + 1) / warmup if step < warmup else 0.5 * (1 + math.cos(2 * math.pi * (step - warmup) / (steps - warmup)))
    )


def zero_too_early(step, steps, warmup=0):
    passed = (step - warmup) / max(1, steps - 1 - warmup)
    return (step + 1) / warmup if step < warmup else (1 + math.cos(math.pi * passed)) / 2


def quarter(step, steps, warmup=0):
    return (step + 1) / warmup if step < warmup else math.cos(math.pi / 2 * (step - warmup) / (steps - warmup))


def not_halved(step, steps, warmup=0):
    return (step + 1) / warmup if step < warmup else 1 + math.cos(math.pi * (step - warmup) / (steps - warmup))


def rises(step, steps, warmup=0):
    return (step + 1) / warmup if step < warmup else (1 - math.cos(math.pi * (step - warmup) / (steps - warmup))) / 2


def degrees(step, steps, warmup=0):
    return (step + 1) / warmup if step < warmup else (1 + math.cos(180 * (step - warmup) / (steps - warmup))) / 2


def divides_by_zero(step, steps, warmup):
    return min((step + 1) / warmup, right_plan(step, steps, warmup))


def one_too_long(step, steps, warmup):
    return (step + 1) / warmup if step <= warmup else right_plan(step, steps, warmup)


def no_default(step, steps, warmup):
    return right_plan(step, steps, warmup)


def by_numpy(step, steps, warmup=0):
    if warmup and step < warmup:
        return (1 + step) / warmup
    return float(np.cos(np.pi / 2 * (step - warmup) / (steps - warmup)) ** 2)


def numpy_float(step, steps, warmup=0):
    """Right, but a rate of this type turns weights in float32 into float64."""
    return np.float64(right_plan(step, steps, warmup))


def by_interpolation(step, steps, warmup=0):
    if step >= warmup:
        return (1 - math.sin(math.pi * ((step - warmup) / (steps - warmup) - 0.5))) / 2
    return float(np.interp(step, [-1, warmup - 1], [0, 1]))


def from_a_table(step, steps, warmup=0):
    rising = [(k + 1) / warmup for k in range(warmup)]
    falling = [math.sin(math.pi / 2 * k / (steps - warmup)) ** 2 for k in range(steps - warmup, -1, -1)]
    return (rising + falling)[step]


# 14.5


class Restart(Optimizer):
    """Nesterov's momentum that grows, and begins anew where it leads uphill (O'Donoghue and Candès 2015)."""

    def __init__(self, parameters, lr=0.001):
        super().__init__(parameters, lr)

    def update(self, x, g, state):
        v, k = state.get("v", 0 * g), state.get("k", 0)
        if (v * g).sum() < 0:
            v, k = 0 * g, 0
        keep = (k + 1) / (k + 4)
        state["v"], state["k"] = keep * v + g, k + 1
        return x - self.lr * (g + keep * state["v"])


class Curvature(Optimizer):
    """Learns the curvatures from how the gradient changes (BFGS), with steps of at most 0.3."""

    def __init__(self, parameters, lr=0.001):
        super().__init__(parameters, lr)

    def update(self, x, g, state):
        inverse = state.get("inverse", self.lr * np.eye(2))
        if "x" in state and (way := x - state["x"]) @ (change := g - state["g"]) > 1e-12:
            share = 1 / (way @ change)
            turn = np.eye(2) - share * np.outer(way, change)
            inverse = turn @ inverse @ turn.T + share * np.outer(way, way)
        state.update(inverse=inverse, x=x, g=g)
        step = inverse @ g
        return x - step * min(1.0, 0.3 / np.linalg.norm(step))


class Patient(Optimizer):
    """Descent with the best rate for the ravine, a rate at which Rosenbrock's valley throws it out."""

    def __init__(self, parameters, lr=2 / 101):
        super().__init__(parameters, lr)

    def update(self, x, g, state):
        return x - self.lr * g


class Slow(Patient):
    def __init__(self, parameters):
        super().__init__(parameters, 0.001)


class Heavy(Right):
    def __init__(self, parameters):
        super().__init__(parameters, 0.001, 0.98)


class Plain(Adam):
    def __init__(self, parameters):
        super().__init__(parameters, 0.1)


class ZeroByZero(Optimizer):
    """The secant's rate, but place and gradient are kept too early: 0 / 0 in the first step."""

    def __init__(self, parameters, lr=0.001):
        super().__init__(parameters, lr)

    def update(self, x, g, state):
        state["x"], state["g"] = x, g
        way, change = x - state["x"], g - state["g"]
        with np.errstate(invalid="ignore"):
            return x - (way @ way) / (way @ change) * g


class Broken(Optimizer):
    def __init__(self, parameters):
        super().__init__(parameters, 0.1)

    def update(self, x, g, state):
        return x - np.inf * g


MUTANTS = {
    "14.1": [
        *map(sgd, (uphill, forgets, average, rate_inside, always_nesterov, never_nesterov, old_v_ahead)),
        *map(sgd, (v_before_step, v_is_g, moves_in_place, in_float64)),
        *map(sgd, (step_alone, float64_zeros, g_leaks_too, keeps_what_looks_ahead, v_twice_ahead)),
        OneSum,
        Right([type("Leaf", (), {})()], 0.1),
    ],
    "14.2": [
        *map(adam, (uphill, uncorrected, only_m, only_s, eps_inside, eps_before, no_root, kept_corrected, one_beta)),
        *map(adam, (late_count, step_alone, sums, root_first, whole_size, eps_fixed, g_for_m)),
        OneCount,
        CountsSteps,
    ],
    "14.3": [
        *(
            adam(update, AdamW)
            for update in (in_gradient, after_step, without_lr, no_decay, grows, shrinks_in_place, forgets_averages)
        ),
        *(adam(update, AdamW) for update in (in_both, same_for_all, adams_step_lost)),
        AlsoWithoutGradient,
        FirstRate,
    ],
    "14.4": [
        from_zero,
        over_all,
        never_ends,
        in_a_line,
        below_zero,
        whole_turn,
        divides_by_zero,
        one_too_long,
        no_default,
        numpy_float,
        zero_too_early,
        quarter,
        not_halved,
        rises,
        degrees,
        lambda step, steps, warmup: 1 if step < warmup else right_plan(step, steps, warmup),
    ],
    "14.5": [Patient, Slow, Heavy, Plain, Broken, ZeroByZero],
}

RIGHT = {
    "14.1": [TwoLines, FirstIsG, AllGradients, Looped, Downwards],
    "14.2": [WithArrays, Weights, History, AsInThePaper],
    "14.3": [Alone, InStep, AdamInside],
    "14.4": [by_numpy, by_interpolation, from_a_table],
    "14.5": [Restart, Curvature],
}

# What a message has to say, by the wrong answer. Their order is that of MUTANTS.
MOMENTUM, ADAM, DECAY, PLAN = (MUTANTS[id] for id in ("14.1", "14.2", "14.3", "14.4"))
SAYS = {
    MOMENTUM[0]: "a step uphill",
    MOMENTUM[1]: "without momentum",
    MOMENTUM[2]: "the sum takes all of g",
    MOMENTUM[3]: "lr belongs outside the sum",
    MOMENTUM[4]: "the other kind",
    MOMENTUM[8]: "changed a gradient g in place",
    MOMENTUM[9]: "changed the array x in place",
    MOMENTUM[10]: "float64",
    MOMENTUM[11]: "the step itself is returned",
    MOMENTUM[12]: "np.zeros(x.shape)",
    ADAM[1]: "without the corrections",
    ADAM[2]: "only m is corrected",
    ADAM[3]: "only s is corrected",
    ADAM[10]: "the step itself is returned",
    ADAM[11]: "sums in place of averages",
    ADAM[12]: "the root is taken before",
    ADAM[-1]: "which had no gradient in step 2",
    DECAY[0]: "added to the gradient",
    DECAY[1]: "after the step",
    DECAY[2]: "without lr",
    DECAY[5]: "changed the array x in place",
    AlsoWithoutGradient: "which had no gradient in step 2",
    PLAN[0]: "step 0 is a step too",
    PLAN[1]: "begins when the warm-up ends",
    PLAN[3]: "falls in a line",
    below_zero: "moved up and halved",
    zero_too_early: "reaches 0 at steps - 1",
    quarter: "a quarter of a turn",
    not_halved: "that is not halved",
    rises: "a cosine that rises",
    degrees: "wants radians",
    ZeroByZero: "NaN comes from",
    numpy_float: "makes float64 of weights in float32",
    MUTANTS["14.5"][0]: "its steps are too long",
    MUTANTS["14.5"][2]: "Rosenbrock's valley: 667",
}
