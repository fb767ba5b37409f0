"""Hooks of modules: functions that are called before and after `forward`, and when gradients pass through a module.

To see gradients, the tensors that go into a module and come out of it are passed through an operation that changes
nothing. In the backward pass it sees the gradients of the outputs first, and those of the inputs when they are
complete.
"""

from collections.abc import Callable
from itertools import count
from typing import Any

from autograd.tensor.api.function import Context, Function
from autograd.tensor.core.modes import mode
from autograd.tensor.core.tensor import Tensor

Hook = Callable[..., Any]
IDS = count()


class RemovableHandle:
    """Returned when a hook is registered: `remove()`, or the end of a `with` block, removes the hook."""

    def __init__(self, hooks: dict[int, Any]) -> None:
        self.hooks, self.id = hooks, next(IDS)

    def remove(self) -> None:
        """Take the hook away; a second time does nothing."""
        self.hooks.pop(self.id, None)

    def __enter__(self) -> "RemovableHandle":
        return self

    def __exit__(self, *error: Any) -> None:
        self.remove()


class Hooks:
    """The hooks of one module, for each kind in the order in which they are called.

    With each hook is noted whether it gets keyword arguments, and whether it is called after an error too.
    """

    def __init__(self) -> None:
        self.before: dict[int, tuple[Hook, bool]] = {}
        self.after: dict[int, tuple[Hook, bool, bool]] = {}
        self.backward_before: dict[int, Hook] = {}
        self.backward: dict[int, Hook] = {}

    def add(self, hooks: dict[int, Any], entry: Any, prepend: bool) -> RemovableHandle:
        """Add a hook at the end of its kind, or with `prepend` at the start."""
        handle, others = RemovableHandle(hooks), dict(hooks)
        hooks[handle.id] = entry
        if prepend:
            for key in others:
                hooks[key] = hooks.pop(key)
        return handle


def call(module: Any, hooks: Hooks, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a module's `forward` with all its hooks."""
    for hook, with_kwargs in list(hooks.before.values()):
        args, kwargs = changed_arguments(module, hook, with_kwargs, args, kwargs)
    passing = Passing(module, hooks, args) if hooks.backward or hooks.backward_before else None
    args = args if passing is None else passing.mark_inputs(args)
    called: set[int] = set()
    try:
        result = module.forward(*args, **kwargs)
        for key, (hook, with_kwargs, _) in list(hooks.after.items()):
            called.add(key)
            changed = hook(module, args, kwargs, result) if with_kwargs else hook(module, args, result)
            result = result if changed is None else changed
    except Exception:
        for key, (hook, with_kwargs, always_call) in list(hooks.after.items()):
            if always_call and key not in called:
                hook(module, args, kwargs, None) if with_kwargs else hook(module, args, None)
        raise
    return result if passing is None else passing.mark_outputs(result)


def changed_arguments(
    module: Any, hook: Hook, with_kwargs: bool, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments of `forward`, or those that a hook returned to replace them."""
    if not with_kwargs:
        changed = hook(module, args)
        return (args if changed is None else changed if isinstance(changed, tuple) else (changed,)), kwargs
    changed = hook(module, args, kwargs)
    if changed is None:
        return args, kwargs
    if not (isinstance(changed, tuple) and len(changed) == 2):
        raise RuntimeError(
            f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {changed}."
        )
    return changed[0], changed[1]


class Passing:
    """One call of a module through which gradients will pass, and the hooks that see them."""

    def __init__(self, module: Any, hooks: Hooks, args: tuple[Any, ...]) -> None:
        self.module, self.inputs = module, len(args)
        self.before, self.after = list(hooks.backward_before.values()), list(hooks.backward.values())
        self.places: list[int] | None = None  # which inputs are tensors; None if none of them requires a gradient
        self.out_places: list[int] = []
        self.outputs = 0
        self.g_outputs: tuple[Any, ...] | None = None  # None before and after the pass through the module

    def mark_inputs(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the arguments, with each tensor passed through `Seen`, so that its gradient will be seen."""
        if not (mode.recording and self.after and any(isinstance(x, Tensor) and x.requires_grad for x in args)):
            return args
        self.places = [i for i, x in enumerate(args) if isinstance(x, Tensor)]
        return replaced(args, self.places, Seen.apply(self, self.see_inputs, *(args[i] for i in self.places)))

    def mark_outputs(self, result: Any) -> Any:
        """Return a result, a tensor or a tuple, with each tensor passed through `Seen`."""
        results = result if isinstance(result, tuple) else (result,)
        places = [i for i, x in enumerate(results) if isinstance(x, Tensor)]
        if not (mode.recording and any(results[i].requires_grad for i in places)):
            return result
        self.out_places, self.outputs = places, len(results)
        results = replaced(results, places, Seen.apply(self, self.see_outputs, *(results[i] for i in places)))
        return results if isinstance(result, tuple) else results[0]

    def see_outputs(self, gradients: tuple[Any, ...]) -> tuple[Any, ...]:
        """Call the hooks for before the module's backward pass; if no input has a gradient, also those for after it."""
        found = spread(gradients, self.out_places, self.outputs)
        for hook in self.before:
            changed = hook(self.module, found)
            if changed is not None:
                found = checked(changed, found, "grad_output")
        self.g_outputs = found
        if self.places is None:
            for hook in self.after:
                changed = hook(self.module, (None,) * self.inputs, found)
                if changed is not None and any(g is not None for g in changed):
                    raise RuntimeError(
                        "Backward hook for Modules where no input requires gradient should always return None or None "
                        "for all gradients."
                    )
        return tuple(found[i] for i in self.out_places)

    def see_inputs(self, gradients: tuple[Any, ...]) -> tuple[Any, ...]:
        """Call the hooks for after the module's backward pass.

        They are not called for a gradient that did not come through the outputs, as in a second derivative.
        """
        if self.g_outputs is None or self.places is None:
            return gradients
        found = spread(gradients, self.places, self.inputs)
        for hook in self.after:
            changed = hook(self.module, found, self.g_outputs)
            if changed is not None:
                found = checked(changed, found, "grad_input")
        self.g_outputs = None
        return tuple(found[i] for i in self.places)


class Seen(Function):
    """An operation that changes nothing; its backward pass gives the gradients of all its tensors to a function."""

    @staticmethod
    def forward(ctx: Context, passing: Passing, see: Hook, *tensors: Tensor) -> tuple[Tensor, ...]:
        """Return tensors of the same memory."""
        results = tuple(x.detach() for x in tensors)
        vars(ctx)["see"] = see
        ctx.mark_non_differentiable(*(y for x, y in zip(tensors, results, strict=True) if not x.requires_grad))
        return results

    @staticmethod
    def backward(ctx: Context, *gradients: Any) -> tuple[Any, ...]:
        """Return the gradients, or what the function has put in their place."""
        return None, None, *vars(ctx)["see"](gradients)


def replaced(values: tuple[Any, ...], places: list[int], new: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the values, with those at some places replaced by new ones."""
    others = dict(zip(places, new, strict=True))
    return tuple(others.get(i, x) for i, x in enumerate(values))


def spread(gradients: tuple[Any, ...], places: list[int], count: int) -> tuple[Any, ...]:
    """Return `count` gradients: those given at their places, None elsewhere."""
    return replaced((None,) * count, places, gradients)


def checked(given: Any, expected: tuple[Any, ...], what: str) -> tuple[Any, ...]:
    """Return the gradients that a hook gave in place of others; raise RuntimeError if there are more or fewer."""
    changed: tuple[Any, ...] = given if isinstance(given, tuple) else (given,)
    if len(changed) != len(expected):
        raise RuntimeError(
            f"Backward hook returned an invalid number of {what}, got {len(changed)}, but expected {len(expected)}"
        )
    return changed
