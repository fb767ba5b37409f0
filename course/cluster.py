"""Training and trying out on many processes, here or on other machines, with the numbers of one machine.

`Cluster()` starts workers on this machine; `Cluster("tcp://…:8786")` uses those of a Dask scheduler. The step that
`data_parallel` gives does not depend on how many workers there are, nor on which of them die: the batch is cut into a
fixed number of parts, each part gives **sums**, these are added in the order of the parts and divided once, and each
part is computed in one thread. A part is a function of what is sent for it, so Dask computes it anew elsewhere when its
worker dies. `sweep` calls a function for many settings.

Processors of different kinds can differ in the last digits, as they do without a cluster.
"""

import functools
import itertools
import operator
import pickle
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

import autograd.tensor as ag
from autograd.tensor.api.creation import default_generator
from course.command import shown
from course.processes import Cluster

__all__ = ["Cluster", "DataParallel", "data_parallel", "sweep"]
FIRST = operator.itemgetter(0)


class DataParallel:
    """Trains a model with gradients that workers compute; `data_parallel` is another name of it.

    `loss(model, *rows)` gives the **sum** of the losses of some rows of the batch, as a tensor of one number; the step
    divides by the number of all rows. Of means, parts of unequal length would count unequally. With `cluster=None`
    this process computes the parts itself: for the same `parts` the same numbers, to the last bit.
    """

    def __init__(
        self,
        model: ag.nn.Module,
        loss: Callable[..., ag.Tensor],
        optimizer: ag.optim.Optimizer,
        cluster: Cluster | None,
        parts: int = 4,
    ) -> None:
        if parts < 1:
            raise ValueError(f"data_parallel: parts must be at least 1, not {parts}")
        self.model, self.loss, self.optimizer, self.cluster, self.parts = model, loss, optimizer, cluster, parts
        self.steps = 0  # taken; dropout draws other numbers in each, so set it when you go on from a checkpoint
        self.seed = default_generator.initial_seed()

    def step(self, *batch: ag.Tensor) -> float:
        """Take a step on a batch, tensors of equal length; return the mean loss of its rows before the step."""
        lengths = [len(tensor) for tensor in batch]
        if len(set(lengths)) != 1 or not lengths[0]:
            raise ValueError(f"step: a batch is tensors of one length above 0, not of the lengths {lengths}")
        for name, _ in self.model.named_buffers():
            if self.model.training:
                raise ValueError(f"step: each part would change the model's {name} differently; take LayerNorm instead")
        edges = [lengths[0] * part // self.parts for part in range(self.parts + 1)]
        rows = [tuple(tensor[a:b] for tensor in batch) for a, b in itertools.pairwise(edges) if a < b]
        parts = [(part, self.seed + self.steps * self.parts + number) for number, part in enumerate(rows)]
        if self.cluster is None:
            results = [_gradients(self.model, self.loss, *part) for part in parts]
        else:
            import cloudpickle

            content = cloudpickle.dumps((self.model, self.loss))
            results = [r for _, r in sorted(self.cluster.each(_part, ((content, *p) for p in parts)), key=FIRST)]
        loss, *sums = (functools.reduce(_added, kind) for kind in zip(*results, strict=True))
        for parameter, total in zip(self.model.parameters(), sums, strict=True):
            parameter.grad = None if total is None else ag.from_numpy(np.asarray(total / lengths[0]))
        self.optimizer.step()
        self.steps += 1
        return loss / lengths[0]


data_parallel = DataParallel


def _part(content: bytes, rows: tuple[ag.Tensor, ...], seed: int) -> list[Any]:
    model, loss = pickle.loads(content)
    return _gradients(model, loss, rows, seed)


def _gradients(
    model: ag.nn.Module, loss: Callable[..., ag.Tensor], rows: tuple[ag.Tensor, ...], seed: int
) -> list[Any]:
    """Return the sum of the losses of the rows, then its gradient with respect to each parameter, an array or None."""
    before = default_generator.get_state()
    default_generator.manual_seed(seed)
    for parameter in model.parameters():
        parameter.grad = None
    try:
        with _threads().limit(limits=1, user_api="blas"):  # two would add in another order
            total = loss(model, *rows)
            total.backward()
    finally:
        default_generator.set_state(before)
    return [total.item(), *(None if p.grad is None else p.grad.numpy() for p in model.parameters())]


@functools.cache
def _threads() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()  # looking for the libraries takes milliseconds, so once


def _added(a: Any, b: Any) -> Any:
    return b if a is None else a if b is None else a + b


def sweep(function: Callable[[Any], Any], settings: Iterable[Any], cluster: Cluster) -> list[Any]:
    """Return what the function gives for each of the settings, in their order; show a progress bar meanwhile.

    Raises what the function raises, with a note that says for which setting, and starts no further calls.
    """
    settings = list(settings)
    arrivals = cluster.each(_tried, [(function, setting) for setting in settings])
    with shown(arrivals, "sweep", "setting", len(settings)) as bar:
        return [result for _, result in sorted(bar, key=FIRST)]


def _tried(function: Callable[[Any], Any], setting: Any) -> Any:
    try:
        return function(setting)
    except Exception as error:
        error.add_note(f"sweep: this was raised for the setting {setting!r}")
        raise
