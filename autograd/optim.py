"""Optimizers: rules that move parameters against their gradients, so that a loss falls.

A parameter is anything with `data` and `grad`: a Value with its floats, a Tensor with its arrays. The rules are
PyTorch's, with its defaults, and one text serves both. Numbers are replaced. Arrays are changed in place, and what is
only needed on the way is written to `scratch`, a buffer that is kept: new memory in every step would cost more than
the arithmetic.

In the formulas θ is a parameter, g its gradient, t counts the steps from 1, and products are elementwise.
"""

import copy
from collections import defaultdict
from collections.abc import Callable, Iterable
from numbers import Real
from typing import Any

IGNORED = {"foreach", "fused", "capturable", "differentiable"}  # ways in which PyTorch may compute the same numbers
Params = Iterable[Any]
State = dict[str, Any]


class Optimizer:
    """What all optimizers share: groups of parameters with settings of their own, and a state for each parameter.

    `params` is a list of parameters, or of groups such as {"params": [...], "lr": 0.1}, whose settings go before the
    defaults. `param_groups` may be changed between steps, as a schedule does. A subclass says in `update` how one
    parameter moves. With `weight_decay` λ the gradient is g + λ θ, the slope of the loss plus λ/2 θ². With `maximize`
    it is −g: the loss rises.
    """

    decoupled = False  # whether weight decay is left to the rule

    def __init__(self, params: Params, defaults: dict[str, Any], maximize: bool = False, **how: Any) -> None:
        if unknown := how.keys() - IGNORED:
            raise TypeError(f"{type(self).__name__} got unexpected keyword arguments: {', '.join(sorted(unknown))}")
        self.defaults, self.param_groups = {**defaults, "maximize": maximize}, []
        self.state: dict[Any, dict[str, Any]] = defaultdict(dict)
        self.scratch: dict[Any, Any] = {}
        params = checked_parameters(params)
        for group in params if isinstance(params[0], dict) else [{"params": params}]:
            self.add_param_group(group)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of parameters; settings that it does not name have their defaults."""
        group = {**self.defaults, **param_group}
        check_settings(type(self).__name__, group)
        given = group["params"]
        group["params"] = new = checked_parameters([given] if hasattr(given, "grad") else given)
        for position, parameter in enumerate(new):
            if not (hasattr(parameter, "data") and hasattr(parameter, "grad")):
                raise TypeError(f"parameter {position} has no .data and .grad: {parameter!r}")
        if len(set(map(id, [*self.parameters, *new]))) < len(self.parameters) + len(new):
            raise ValueError("a parameter is in the list more than once and would move more than once in a step")
        self.param_groups.append(group)

    @property
    def parameters(self) -> list[Any]:
        """The parameters of all groups."""
        return [parameter for group in self.param_groups for parameter in group["params"]]

    @property
    def lr(self) -> float:
        """The learning rate of the first group; setting it sets that of all."""
        return self.param_groups[0]["lr"]

    @lr.setter
    def lr(self, value: float) -> None:
        for group in self.param_groups:
            group["lr"] = value

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every parameter once; one whose `grad` is None stays. A closure computes the loss, which is returned."""
        loss = None if closure is None else closure()
        for group in self.param_groups:
            decay, maximize = 0 if self.decoupled else group.get("weight_decay", 0), group["maximize"]
            for parameter in group["params"]:
                gradient = parameter.grad
                if gradient is not None:
                    data, scratch = numbers_of(parameter), None
                    if type(data) is not float:
                        gradient = plain(gradient)
                        scratch = self.scratch_for(parameter, data)
                    if maximize:
                        gradient = -gradient
                    if decay:
                        gradient = gradient + decay * data
                    state = self.state[parameter]
                    parameter.data = self.update(data, gradient, state, group, scratch)  # an engine counts changes
        return loss

    def scratch_for(self, parameter: Any, data: Any) -> Any:
        """Return the buffer for a parameter: None for a number, else an array of its shape and type."""
        global numpy
        scratch = self.scratch.get(parameter)
        if scratch is not None and scratch.shape == data.shape and scratch.dtype == data.dtype:
            return scratch
        if isinstance(data, Real):
            return None
        import numpy  # only here: the scalar engine does without, and where there are arrays it is loaded already

        shared = self.scratch.get(data.dtype)  # by all parameters of a type: one at a time, and warm in the cache
        if shared is None or shared.size < data.size:
            shared = self.scratch[data.dtype] = numpy.empty(data.size, data.dtype)
        self.scratch[parameter] = shared[: data.size].reshape(data.shape)
        return self.scratch[parameter]

    def update(self, data: Any, gradient: Any, state: State, group: State, scratch: Any) -> Any:
        """Return the data moved by one step, in the same memory where it is an array.

        `state` is an empty dict at the parameter's first step and is kept for the next; `scratch` is None for numbers.
        """
        raise NotImplementedError(f"{type(self).__name__} has to define update(data, gradient, state, group, scratch)")

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients: 0.0 where the parameter is a number, None (or zeros, if asked for) where an array."""
        for parameter in self.parameters:
            if isinstance(numbers_of(parameter), Real):
                parameter.grad = 0.0
            elif set_to_none or parameter.grad is None:
                parameter.grad = None
            else:
                plain(parameter.grad)[...] = 0

    def state_dict(self) -> dict[str, Any]:
        """Return states and settings, with numbers in the place of parameters; states are shared, not copied."""
        places = {parameter: place for place, parameter in enumerate(self.parameters)}
        groups = [{**group, "params": [places[p] for p in group["params"]]} for group in self.param_groups]
        return {"state": {places[p]: state for p, state in self.state.items()}, "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from what `state_dict` returned; raises ValueError if groups or their lengths differ."""
        groups = copy.deepcopy(state_dict["param_groups"])
        if len(groups) != len(self.param_groups):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if [len(group["params"]) for group in groups] != [len(group["params"]) for group in self.param_groups]:
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"
            )
        parameters = dict(zip([i for group in groups for i in group["params"]], self.parameters, strict=True))
        states = copy.deepcopy(state_dict["state"]).items()
        # What a state holds may be a tensor, of PyTorch too.
        arrays = {i: {k: x.numpy() if hasattr(x, "numpy") else x for k, x in state.items()} for i, state in states}
        self.state = defaultdict(dict, {parameters[i]: state for i, state in arrays.items()})
        self.param_groups = [
            {**self.defaults, **new, "params": old["params"]}
            for new, old in zip(groups, self.param_groups, strict=True)
        ]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.parameters)} parameters, lr={self.lr:g})"


class SGD(Optimizer):
    """Gradient descent, with momentum if wanted.

    θ ← θ − lr · g; with momentum μ and dampening d a velocity v (at first g) takes the place of g:
    v ← μ v + (1 − d) g. Nesterov's variant looks one step ahead: g + μ v takes the place of g.

    Sources: Polyak 1964; Sutskever et al. 2013, "On the importance of initialization and momentum in deep
    learning", eq. 1–4 (PyTorch multiplies by lr after the velocity, not before).
    """

    def __init__(
        self, params: Params, lr: float = 1e-3, momentum: float = 0.0, dampening: float = 0.0,
        weight_decay: float = 0.0, nesterov: bool = False, *, maximize: bool = False, **how: Any,
    ) -> None:  # fmt: skip
        settings = {"momentum": momentum, "dampening": dampening, "nesterov": nesterov}
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay, **settings}, maximize, **how)

    def update(self, data: Any, gradient: Any, state: State, group: State, scratch: Any) -> Any:
        momentum, step = group["momentum"], gradient
        if momentum:
            part = product(gradient, 1 - group["dampening"], scratch) if state else gradient
            step = velocity = average(state, "momentum_buffer", momentum, part)
            if group["nesterov"]:
                step = product(velocity, momentum, scratch)
                step += gradient
        data -= product(step, group["lr"], scratch)
        return data


class RMSprop(Optimizer):
    """Gradient descent in which each parameter's step is divided by the recent size of its gradients.

    v ← α v + (1 − α) g²; θ ← θ − lr · g / (√v + eps). With `centered`, the variance v − m² takes the place of v,
    where m ← α m + (1 − α) g. With momentum μ the quotient is collected, b ← μ b + g / (√v + eps), and θ ← θ − lr · b.

    Sources: Tieleman & Hinton 2012, Coursera lecture 6.5; centered: Graves 2013, "Generating sequences with recurrent
    neural networks", eq. 38–41 (with eps inside the root there).
    """

    def __init__(
        self, params: Params, lr: float = 1e-2, alpha: float = 0.99, eps: float = 1e-8, weight_decay: float = 0.0,
        momentum: float = 0.0, centered: bool = False, *, maximize: bool = False, **how: Any,
    ) -> None:  # fmt: skip
        settings = {"alpha": alpha, "eps": eps, "momentum": momentum, "centered": centered}
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay, **settings}, maximize, **how)

    def update(self, data: Any, gradient: Any, state: State, group: State, scratch: Any) -> Any:
        alpha, momentum = group["alpha"], group["momentum"]
        part = product(gradient, gradient, scratch)
        part *= 1 - alpha
        spread = product(average(state, "square_avg", alpha, part), 1.0, scratch)
        if group["centered"]:
            mean = average(state, "grad_avg", alpha, (1 - alpha) * gradient)
            spread = abs(spread - mean * mean)  # never below 0, except by rounding
        spread **= 0.5
        spread += group["eps"]
        step = quotient(gradient, spread, scratch)
        if momentum:
            step = average(state, "momentum_buffer", momentum, step)
        data -= product(step, group["lr"], scratch)
        return data


class Adagrad(Optimizer):
    """Gradient descent in which each parameter's step is divided by the size of all its gradients so far.

    s ← s + g²; θ ← θ − lr / (1 + (t − 1) lr_decay) · g / (√s + eps), where s starts as `initial_accumulator_value`.

    Source: Duchi et al. 2011, "Adaptive subgradient methods for online learning and stochastic optimization".
    """

    def __init__(
        self, params: Params, lr: float = 1e-2, lr_decay: float = 0.0, weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0, eps: float = 1e-10, *, maximize: bool = False, **how: Any,
    ) -> None:  # fmt: skip
        settings = {"lr_decay": lr_decay, "eps": eps, "initial_accumulator_value": initial_accumulator_value}
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay, **settings}, maximize, **how)

    def update(self, data: Any, gradient: Any, state: State, group: State, scratch: Any) -> Any:
        t = state["step"] = int(state.get("step", 0)) + 1
        part = product(gradient, gradient, scratch)
        if t == 1:
            part += group["initial_accumulator_value"]
        spread = product(average(state, "sum", 1.0, part), 1.0, scratch)
        spread **= 0.5
        spread += group["eps"]
        step = quotient(gradient, spread, scratch)
        step *= group["lr"] / (1 + (t - 1) * group["lr_decay"])
        data -= step
        return data


class Adadelta(Optimizer):
    """RMSprop with steps as large as the recent steps were, so that they have the unit of θ, and lr has none.

    v ← ρ v + (1 − ρ) g²; d = √(u + eps) / √(v + eps) · g; u ← ρ u + (1 − ρ) d²; θ ← θ − lr · d.

    Source: Zeiler 2012, "ADADELTA: an adaptive learning rate method", algorithm 1.
    """

    def __init__(
        self, params: Params, lr: float = 1.0, rho: float = 0.9, eps: float = 1e-6, weight_decay: float = 0.0, *,
        maximize: bool = False, **how: Any,
    ) -> None:  # fmt: skip
        settings = {"rho": rho, "eps": eps}
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay, **settings}, maximize, **how)

    def update(self, data: Any, gradient: Any, state: State, group: State, scratch: Any) -> Any:
        rho, eps = group["rho"], group["eps"]
        part = product(gradient, gradient, scratch)
        part *= 1 - rho
        spread = average(state, "square_avg", rho, part) + eps
        step = gradient * ((state.get("acc_delta", 0.0) + eps) / spread) ** 0.5
        part = product(step, step, scratch)
        part *= 1 - rho
        average(state, "acc_delta", rho, part)
        data -= product(step, group["lr"], scratch)
        return data


class Adam(Optimizer):
    """Momentum and RMSprop together, both corrected for starting at zero.

    m ← β₁ m + (1 − β₁) g; v ← β₂ v + (1 − β₂) g²; θ ← θ − lr · m̂ / (√v̂ + eps), where m̂ = m / (1 − β₁ᵗ) and
    v̂ = v / (1 − β₂ᵗ). With `amsgrad` the largest v so far takes the place of v in v̂.

    Sources: Kingma & Ba 2015, "Adam: a method for stochastic optimization", algorithm 1; amsgrad: Reddi et al. 2018,
    "On the convergence of Adam and beyond", algorithm 2.
    """

    def __init__(
        self, params: Params, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 0.0, amsgrad: bool = False, *, maximize: bool = False, **how: Any,
    ) -> None:  # fmt: skip
        settings = {"betas": betas, "eps": eps, "amsgrad": amsgrad}
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay, **settings}, maximize, **how)

    def update(self, data: Any, gradient: Any, state: State, group: State, scratch: Any) -> Any:
        beta1, beta2 = group["betas"]
        t = state["step"] = int(state.get("step", 0)) + 1
        mean = average(state, "exp_avg", beta1, product(gradient, 1 - beta1, scratch))
        part = product(gradient, gradient, scratch)
        part *= 1 - beta2
        square = average(state, "exp_avg_sq", beta2, part)
        if group["amsgrad"]:
            square = state["max_exp_avg_sq"] = larger(state.get("max_exp_avg_sq", 0.0), square)
        spread = product(square, 1 / (1 - beta2**t), scratch)
        spread **= 0.5
        spread += group["eps"]
        step = quotient(mean, spread, scratch)
        step *= group["lr"] / (1 - beta1**t)
        data -= step
        return data


class AdamW(Adam):
    """Adam with decoupled weight decay: first θ ← (1 − lr · λ) θ, then Adam's step with the loss's own gradient.

    In Adam the decay is part of g, and so divided by √v̂: weights with large gradients hardly decay.

    Source: Loshchilov & Hutter 2019, "Decoupled weight decay regularization", algorithm 2.
    """

    decoupled = True

    def __init__(
        self, params: Params, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 1e-2, amsgrad: bool = False, *, maximize: bool = False, **how: Any,
    ) -> None:  # fmt: skip
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize, **how)

    def update(self, data: Any, gradient: Any, state: State, group: State, scratch: Any) -> Any:
        data *= 1 - group["lr"] * group["weight_decay"]
        return super().update(data, gradient, state, group, scratch)


# --- arithmetic for numbers and arrays alike ---


def plain(x: Any) -> Any:
    """Return the array in a tensor; an array, or a number, is itself."""
    return getattr(x, "_data", x)


def numbers_of(parameter: Any) -> Any:
    """Return the array or the number in a parameter; a Tensor would make a new one for each `.data`."""
    array = getattr(parameter, "_data", None)
    return parameter.data if array is None else array


def product(a: Any, b: Any, out: Any) -> Any:
    """Return a * b; of arrays, in the memory of `out`."""
    return a * b if out is None else numpy.multiply(a, b, out)


def quotient(a: Any, b: Any, out: Any) -> Any:
    """Return a / b; of arrays, in the memory of `out`."""
    return a / b if out is None else numpy.divide(a, b, out)


def larger(a: Any, b: Any) -> Any:
    """Return the larger of two numbers, or of each pair of numbers in two arrays."""
    return max(a, b) if isinstance(b, Real) else numpy.maximum(a, b)


def average(state: State, name: str, keep: float, part: Any) -> Any:
    """Return m ← keep · m + part, where m starts as 0 and is kept in the state under a name."""
    mean = state.get(name)
    if mean is None:
        mean = +part  # of an array, + makes the copy that is needed: `part` is in memory that is used again
    else:
        mean *= keep
        mean += part
    state[name] = mean
    return mean


# --- checks ---


def checked_parameters(params: Params) -> list[Any]:
    """Return parameters, or groups of them, as a list; raise an error if there are none."""
    if hasattr(params, "grad") or isinstance(params, dict):  # a tensor could be iterated over, but not trained so
        raise TypeError(f"params must be a list, such as model.parameters(), got {params!r}")
    try:
        params = list(params)
    except TypeError:
        raise TypeError(f"params must be a list, such as model.parameters(), got {params!r}") from None
    if not params:
        raise ValueError("an optimizer needs at least one parameter, got an empty list")
    return params


def check_settings(rule: str, group: State) -> None:
    """Raise ValueError for settings of a group that cannot be."""
    for name in ("lr", "momentum", "weight_decay", "alpha", "eps", "lr_decay", "initial_accumulator_value"):
        if name in group and not group[name] >= 0:  # nan too
            raise ValueError(f"{name} must be 0 or more, got {group[name]!r}")
    if not 0 <= group.get("rho", 0) <= 1:
        raise ValueError(f"{rule}: rho must be in [0, 1], got {group['rho']!r}")
    betas = group.get("betas", ())
    if "betas" in group and not (len(betas) == 2 and all(0 <= beta < 1 for beta in betas)):
        raise ValueError(f"{rule}: betas must be two numbers in [0, 1), got {betas!r}")
    if group.get("nesterov") and (group["momentum"] == 0 or group["dampening"] != 0):
        momentum, dampening = group["momentum"], group["dampening"]
        raise ValueError(f"SGD: nesterov needs momentum > 0, dampening 0; got {momentum=}, {dampening=}")
