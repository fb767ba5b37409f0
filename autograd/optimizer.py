"""What all optimizers share: parameters in groups, a state for each, and the step.

A parameter is anything with `data` and `grad`: a Value with its floats, a Tensor with its arrays; the same code serves
both. Numbers are replaced. Arrays are changed in place, and intermediate results are written to `scratch`, a buffer
that is kept from step to step: new memory in every step would cost more than the arithmetic.
"""

import copy
from collections import defaultdict
from collections.abc import Callable, Iterable
from numbers import Real
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # at run time it is imported when there are arrays
    import numpy

IGNORED = {"foreach", "fused", "capturable", "differentiable"}  # ways in which PyTorch may compute the same numbers
Params = Iterable[Any]
Settings = dict[str, Any]
State = dict[str, Any]


class Optimizer:
    """The base class of optimizers: groups of parameters with their settings, and a state for each parameter.

    `params` is a list of parameters, or of groups such as {"params": [...], "lr": 0.1}, whose settings replace the
    defaults. `param_groups` may be changed between steps, as a schedule does. A subclass says in `update` how one
    parameter moves. With `weight_decay` λ the gradient is g + λ θ, the slope of the loss plus λ/2 θ². With `maximize`
    it is −g: the loss rises.
    """

    decoupled = False  # whether weight decay is left to the rule

    def __init__(self, params: Params, defaults: dict[str, Any], maximize: bool = False, **how: Any) -> None:
        if unknown := how.keys() - IGNORED:
            raise TypeError(f"{type(self).__name__} got unexpected keyword arguments: {', '.join(sorted(unknown))}")
        self.defaults: Settings = {**defaults, "maximize": maximize}
        self.param_groups: list[dict[str, Any]] = []
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
        lr: float = self.param_groups[0]["lr"]
        return lr

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
                    state = self.state.get(parameter, {})
                    known = len(state)
                    parameter.data = self.update(data, gradient, state, group, scratch)  # an engine counts changes
                    if len(state) != known:
                        self.state[parameter] = as_tensors(state, parameter)
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

    def update(self, data: Any, gradient: Any, state: State, group: Settings, scratch: Any) -> Any:
        """Return the data moved by one step, in the same memory where it is an array.

        `state` is an empty dict at the parameter's first step and is kept for the next; `scratch` is None for numbers.
        """
        raise NotImplementedError(f"{type(self).__name__} has to define update(data, gradient, state, group, scratch)")

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Reset the gradients: to 0.0 where the parameter is a number, to None (or zeros) where it is an array."""
        for parameter in self.parameters:
            if not hasattr(parameter, "_data") and isinstance(parameter.data, Real):
                parameter.grad = 0.0
            elif set_to_none or parameter.grad is None:
                parameter.grad = None
            elif hasattr(parameter.grad, "detach_"):
                parameter.grad.detach_().zero_()  # a graph that needs the numbers takes note
            else:
                parameter.grad[...] = 0

    def state_dict(self) -> dict[str, Any]:
        """Return states and settings, with numbers in the place of parameters; states are shared, not copied."""
        places = {parameter: place for place, parameter in enumerate(self.parameters)}
        groups = [{**group, "params": [places[p] for p in group["params"]]} for group in self.param_groups]
        return {"state": {places.get(p, p): state for p, state in self.state.items()}, "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from a state that `state_dict` returned, in this package or in PyTorch; states are copied.

        Raises ValueError if groups or their lengths differ.
        """
        groups = copy.deepcopy(state_dict["param_groups"])
        if len(groups) != len(self.param_groups):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if [len(group["params"]) for group in groups] != [len(group["params"]) for group in self.param_groups]:
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"
            )
        parameters = dict(zip([i for group in groups for i in group["params"]], self.parameters, strict=True))
        self.state = defaultdict(dict)
        for i, saved in state_dict["state"].items():
            if i in parameters:
                self.state[parameters[i]] = {name: loaded(name, x, parameters[i]) for name, x in saved.items()}
            else:  # a rule of one's own may keep what belongs to no parameter
                self.state[i] = copy.deepcopy(saved)
        self.param_groups = [
            {**self.defaults, **new, "params": old["params"]}
            for new, old in zip(groups, self.param_groups, strict=True)
        ]

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "scratch": {}}  # for copies and pickles: what buffers hold matters to nobody

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.parameters)} parameters, lr={self.lr:g})"


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


def average(state: State, name: str, keep: float, part: Any) -> Any:
    """Return m ← keep · m + part, where m starts as 0 and is kept in the state under a name."""
    mean = state.get(name)
    if mean is None:
        mean = state[name] = +part  # of an array, + makes the copy that is needed: `part` is in memory used again
    elif hasattr(mean, "_data"):
        array = mean._data
        array *= keep
        array += part
        count_change(mean)
        return array
    else:
        mean *= keep
        mean += part
        state[name] = mean
    return mean


def largest(state: State, name: str, x: Any) -> Any:
    """Return the largest x so far, or the largest of each number in x, which is kept in the state under a name."""
    before = state.get(name)
    if before is None:
        before = state[name] = +x
    elif isinstance(x, Real):
        before = state[name] = max(plain(before), x)
    else:
        numpy.maximum(plain(before), x, out=plain(before))
        if hasattr(before, "_data"):
            count_change(before)
    return plain(before)


def counted(state: State) -> int:
    """Return which step this is, counted in the state from 1."""
    step = state.get("step", 0)
    if hasattr(step, "_data"):
        t = int(step._data.item()) + 1
        step._data.fill(t)
        count_change(step)
    else:
        state["step"] = t = int(step) + 1
    return t


def count_change(tensor: Any) -> None:
    """Count the change in a tensor's version, so that a backward pass that needs the old numbers raises an error."""
    if tensor.version is None:
        tensor.data = tensor._data  # which begins to count
    else:
        tensor.version.counter.count += 1  # the same, in a quarter of the time


# --- states as tensors, so that programs and files can use them ---


def as_tensors(state: State, parameter: Any) -> State:
    """Put tensors in the place of a state's arrays and counts, if the parameter is a tensor; return the state."""
    if hasattr(parameter, "new_tensor"):
        for name, x in state.items():
            if not hasattr(x, "_data"):
                state[name] = parameter.new_tensor(x, dtype="float32" if isinstance(x, int) else x.dtype)
    return state


def loaded(name: str, x: Any, parameter: Any) -> Any:
    """Return a copy of a part of a saved state, in the parameter's type; the count of steps keeps its own."""
    array = plain(x) if hasattr(x, "_data") else x.numpy() if hasattr(x, "numpy") else x
    if not hasattr(parameter, "new_tensor"):
        return copy.deepcopy(array)
    if name == "step" and isinstance(array, int | float):
        return parameter.new_tensor(float(array), dtype="float32")
    if not hasattr(array, "dtype"):
        return copy.deepcopy(array)
    own = array.dtype.kind == "f" and name != "step"
    return parameter.new_tensor(array, dtype=parameter.dtype if own else array.dtype)


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


def check_settings(rule: str, group: Settings) -> None:
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
