"""Modules: objects that hold parameters, and other modules, as ordinary attributes.

A module has no list of parameters beside its attributes; what it contains is read from them. A parameter is recognized
by its type, and a buffer by its name, which is noted when it is registered.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from itertools import chain
from typing import Any, Self, cast

import numpy as np

from autograd.tensor.api import dtypes
from autograd.tensor.core.tensor import Tensor, wrap
from autograd.tensor.core.versions import count_change
from autograd.tensor.nn import hooks
from autograd.tensor.nn.parameter import Parameter
from autograd.tensor.nn.state import IncompatibleKeys, array_of


class Held(dict[str, Any]):
    """A dictionary of a module's attributes of one kind: what is set or deleted in it is so in the module."""

    def __init__(self, module: "Module", kind: type) -> None:
        super().__init__((name, x) for name, x in vars(module).items() if isinstance(x, kind))
        self.module = module

    def __setitem__(self, name: str, value: Any) -> None:
        vars(self.module)[name] = value
        super().__setitem__(name, value)

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
        delattr(self.module, name)

    def pop(self, name: str, *default: Any) -> Any:
        """Remove an attribute and return it."""
        if name in self:
            default = (self[name],)
            del self[name]
        return super().pop(name, *default)


class Module:
    """The base of all networks and layers: `forward` says what it computes, calling it does so.

    A subclass starts its `__init__` with `super().__init__()`, and assigns Parameters and Modules to attributes.
    """

    training: bool
    _shown: tuple[str, ...] = ()  # the settings that the repr shows; "=" after a name shows it too
    _persistent: dict[str, bool]  # the names of the buffers, and whether they are saved
    _reserved: set[str]  # names of parameters and modules that are None, and keep their places in the order
    _hooks: hooks.Hooks | None = None

    def __init__(self) -> None:
        vars(self).update(training=True, _persistent={}, _reserved=set())

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the module's output; every subclass defines its own."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._hooks is None:
            return self.forward(*args, **kwargs)
        return hooks.call(self, self._hooks, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        """Return an attribute; a subclass may define its own, and call this one first, as in PyTorch."""
        own = vars(self)
        if name in own:
            return own[name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        own = vars(self)
        for kind, what in ((Parameter, "parameter"), (Module, "child module")):
            if isinstance(value, kind) and "_persistent" not in own:
                raise AttributeError(
                    f"cannot assign {what} {name!r} before Module.__init__() call: "
                    f"{type(self).__name__}.__init__ has to start with super().__init__()"
                )
            if isinstance(own.get(name), kind) and not (value is None or isinstance(value, Parameter | Module)):
                raise TypeError(
                    f"cannot assign {type(value).__name__!r} as {what} {name!r} (nn.{kind.__name__} or None expected)"
                )
        if name in own.get("_persistent", ()) and not (value is None or isinstance(value, Tensor)):
            raise TypeError(f"cannot assign {type(value).__name__!r} as buffer {name!r} (Tensor or None expected)")
        held = isinstance(own.get(name), Parameter | Module)
        if isinstance(value, Parameter | Module):
            if not (held or name in own["_reserved"]):
                own.pop(name, None)  # was something else: the order is that in which parameters and modules came
        elif held:
            own["_reserved"].add(name)
        super().__setattr__(name, value)

    # --- what is inside ---

    _parameters = property(lambda self: Held(self, Parameter))
    _modules = property(lambda self: Held(self, Module))

    @property
    def _buffers(self) -> dict[str, Tensor]:
        own = vars(self)
        return {name: own[name] for name in own.get("_persistent", ()) if own.get(name) is not None}

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Assign a parameter, or None in its place, to a new attribute."""
        self._register(name, param, Parameter, "parameter")

    def add_module(self, name: str, module: "Module | None") -> None:
        """Assign a module, or None in its place, to a new attribute."""
        self._register(name, module, Module, "module")

    register_module = add_module

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Assign a tensor that is no parameter to a new attribute; a persistent one is part of the state_dict."""
        self._register(name, tensor, Tensor, "buffer")
        self._persistent[name] = persistent

    def _register(self, name: str, value: Any, kind: type, what: str) -> None:
        if "_persistent" not in vars(self):
            raise AttributeError(f"cannot assign {what} before Module.__init__() call")
        if not isinstance(name, str) or "." in name or not name:
            raise KeyError(f"{what} name should be a string, can't be empty and can't contain \".\", got {name!r}")
        own, reserved = vars(self), self._persistent if kind is Tensor else self._reserved
        if hasattr(self, name) and not (isinstance(own.get(name), kind) or name in reserved):
            raise KeyError(f"attribute {name!r} already exists")
        if value is not None and not isinstance(value, kind):
            raise TypeError(f"cannot assign {type(value).__name__!r} as {what} {name!r} ({kind.__name__} expected)")
        setattr(self, name, value)
        if value is None and kind is not Tensor:
            self._reserved.add(name)

    def named_modules(
        self, memo: set["Module"] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, "Module"]]:
        """Yield this module and all below it with their paths, such as "layers.0"; each once."""
        seen = set() if memo is None else memo
        if self in seen:
            return
        if remove_duplicate:
            seen.add(self)
        yield prefix, self
        for name, child in self._modules.items():
            yield from child.named_modules(seen, joined(prefix, name), remove_duplicate)

    def modules(self) -> Iterator["Module"]:
        """Yield this module and all below it, each once."""
        return (module for _, module in self.named_modules())

    def named_children(self) -> Iterator[tuple[str, "Module"]]:
        """Yield the modules directly below this one with their names, each once."""
        names: dict[Module, str] = {}
        for name, child in self._modules.items():
            names.setdefault(child, name)
        return ((name, child) for child, name in names.items())

    def children(self) -> Iterator["Module"]:
        """Yield the modules directly below this one, each once."""
        return iter(dict.fromkeys(self._modules.values()))

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """Yield the parameters with their paths; one that is shared comes once, under its first name."""
        return self._named("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Yield the parameters, each once."""
        return (x for _, x in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """Yield the buffers with their paths, each once."""
        return self._named("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """Yield the buffers, each once."""
        return (x for _, x in self.named_buffers(recurse=recurse))

    def _named(self, kind: str, prefix: str, recurse: bool, remove_duplicate: bool) -> Iterator[tuple[str, Any]]:
        seen: set[Tensor] = set()
        modules = self.named_modules(None, prefix, remove_duplicate) if recurse else [(prefix, self)]
        for path, module in modules:
            for name, x in getattr(module, kind).items():
                if not (remove_duplicate and x in seen):
                    seen.add(x)
                    yield joined(path, name), x

    def get_submodule(self, target: str) -> "Module":
        """Return the module at a path such as "layers.0", this one for ""; raises AttributeError if there is none."""
        return cast(Module, self._at(target, Module))

    def get_parameter(self, target: str) -> Parameter:
        """Return the parameter at a path."""
        return cast(Parameter, self._at(target, Parameter))

    def get_buffer(self, target: str) -> Tensor:
        """Return the buffer at a path."""
        return cast(Tensor, self._at(target, Tensor))

    def _at(self, path: str, kind: type) -> Any:
        held = reduce(getattr, path.split(".") if path else (), self)
        if not isinstance(held, kind):
            raise AttributeError(f"{path!r} is not a {kind.__name__}")
        return held

    # --- what is done to all of it ---

    def apply(self, fn: Callable[["Module"], Any]) -> Self:
        """Call fn with every module below this one, then with itself, and return it."""
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def train(self, mode: bool = True) -> Self:
        """Set `training` in this module and all below it; dropout and batch normalization read it."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for child in self.children():
            child.train(mode)
        return self

    def eval(self) -> Self:
        """Set `training` to False in this module and all below it."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Set for every parameter whether it requires a gradient; False freezes the module."""
        for parameter in self.parameters():
            parameter.requires_grad = requires_grad
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Set the gradients of all parameters to None, or to 0."""
        for parameter in self.parameters():
            if set_to_none:
                parameter.grad = None
            elif parameter.grad is not None:
                parameter.grad = parameter.grad.detach().zero_()

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """Convert all floating point numbers to another type, as in `to(float64)`; the device is always "cpu"."""
        probe = wrap(np.zeros(0, np.float32)).to(*args, **kwargs)  # refuses wrong arguments if there are no parameters
        unknown = set(kwargs) - {"device", "dtype", "non_blocking", "memory_format"}
        if unknown:
            raise TypeError(f"Module.to() got an unexpected keyword argument {min(unknown)!r}")
        if probe.dtype.kind != "f":
            raise TypeError(f"nn.Module.to only accepts floating point dtypes, but got {probe.dtype}")
        for x in chain(self.parameters(), self.buffers()):
            if x.is_floating_point():
                new = x.detach().to(*args, **kwargs)
                if new.dtype != x.dtype:
                    x.data, x.grad = new, None if x.grad is None else x.grad.to(new.dtype)
        return self

    def float(self) -> Self:
        """Change all floating point numbers to float32."""
        return self.to(dtypes.float32)

    def double(self) -> Self:
        """Change all floating point numbers to float64."""
        return self.to(dtypes.float64)

    def half(self) -> Self:
        """Change all floating point numbers to float16."""
        return self.to(dtypes.float16)

    def cpu(self) -> Self:
        """Return the module itself."""
        return self

    # --- what is called before and after `forward`, and when gradients pass ---

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> hooks.RemovableHandle:
        """Call hook(module, args) before each `forward`; what it returns, unless None, takes the place of args.

        With `with_kwargs` it is hook(module, args, kwargs), and returns None or both. `prepend` puts it before others.
        """
        own = self._own_hooks()
        return own.add(own.before, (hook, with_kwargs), prepend)

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> hooks.RemovableHandle:
        """Call hook(module, args, output) after each `forward`; what it returns, unless None, becomes the output.

        With `with_kwargs` it is hook(module, args, kwargs, output). With `always_call` it is called after an error too.
        """
        own = self._own_hooks()
        return own.add(own.after, (hook, with_kwargs, always_call), prepend)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> hooks.RemovableHandle:
        """Call hook(module, grad_input, grad_output) when the gradients of the module's inputs have been computed.

        Both are tuples, None standing for what has no gradient. What the hook returns, unless None, is passed on in the
        place of grad_input. Only arguments given by position are seen.
        """
        own = self._own_hooks()
        return own.add(own.backward, hook, prepend)

    def register_full_backward_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> hooks.RemovableHandle:
        """Call hook(module, grad_output) before gradients pass through the module; it may return others."""
        own = self._own_hooks()
        return own.add(own.backward_before, hook, prepend)

    def register_backward_hook(self, hook: Callable[..., Any]) -> hooks.RemovableHandle:
        """Raise NotImplementedError: in PyTorch this old kind of hook may get the gradients of the wrong operation."""
        raise NotImplementedError(
            "Module.register_backward_hook is not part of this engine: use register_full_backward_hook"
        )

    def _own_hooks(self) -> hooks.Hooks:
        if self._hooks is None:
            self._hooks = hooks.Hooks()
        return self._hooks

    # --- weights as a dictionary ---

    def state_dict(self, *, prefix: str = "", keep_vars: bool = False) -> dict[str, Tensor]:
        """Return parameters and persistent buffers by path; they share the module's memory, and have no graph."""
        held = {}
        for path, module in self.named_modules(None, prefix.removesuffix("."), remove_duplicate=False):
            kept = {name: x for name, x in module._buffers.items() if module._persistent[name]}
            for name, x in (module._parameters | kept).items():
                held[joined(path, name)] = x if keep_vars else x.detach()
        return held

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True) -> IncompatibleKeys:
        """Copy numbers into parameters and buffers; raises RuntimeError, and copies nothing, if something does not fit.

        Values may be tensors of this engine or of PyTorch, or arrays. Unless `strict`, missing and unexpected names are
        left alone and returned; a wrong shape is an error always.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        own = self.state_dict(keep_vars=True)
        keys = IncompatibleKeys([k for k in own if k not in state_dict], [k for k in state_dict if k not in own])
        arrays = {k: array_of(k, state_dict[k]) for k in own if k in state_dict}
        problems = [
            f"{kind} key(s) in state_dict: {', '.join(map(repr, names))}."
            for kind, names in zip(("Missing", "Unexpected"), keys, strict=True)
            if strict and names
        ]
        problems += [
            f"size mismatch for {k}: copying a param with shape {a.shape} from checkpoint, "
            f"the shape in current model is {own[k].shape}."
            for k, a in arrays.items()
            if a.shape != own[k].shape
        ]
        if problems:
            raise RuntimeError("\n\t".join([f"Error(s) in loading state_dict for {type(self).__name__}:", *problems]))
        for k, array in arrays.items():
            own[k]._data[...] = array
            count_change(own[k])
        return keys

    # --- how it prints ---

    def _get_name(self) -> str:
        return type(self).__name__

    def extra_repr(self) -> str:
        """Return the settings that the repr shows."""
        shown = ((name if "=" in name else "", getattr(self, name.strip("="))) for name in self._shown)
        return ", ".join(f"{label}{x is not None if label == 'bias=' else x!r}" for label, x in shown)

    def _repr_lines(self) -> list[str]:
        return [f"({name}): {child!r}" for name, child in self._modules.items()]

    def __repr__(self) -> str:
        extra, lines = self.extra_repr(), self._repr_lines()
        if lines:
            extra = "\n  ".join(["", *extra.splitlines(), *"\n".join(lines).splitlines()]) + "\n"
        return f"{self._get_name()}({extra})"


def joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
