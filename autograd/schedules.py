"""Schedules: rules for how the learning rate changes from step to step. Names and defaults are PyTorch's.

A schedule starts from the `lr` of each of the optimizer's groups, and `step()` sets the next one, after
`optimizer.step()`. t counts the steps of the schedule, from 0. Rules that say by what the present lr is multiplied can
be combined: each of several schedules on one optimizer has its effect.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

from autograd.optimizer import Optimizer

Group = dict[str, Any]


def lr_in(group: Group) -> float:
    """Return the present learning rate of a group."""
    lr: float = group["lr"]
    return lr


class LRScheduler:
    """What all schedules share; a subclass says in `get_lr` which lr each group has at step `last_epoch`.

    A schedule made with a `last_epoch` goes on from there: the optimizer's groups need the `initial_lr` and the `lr`
    of a run before, as its `load_state_dict` gives them. While it is made, `_is_initial` is true.
    """

    _is_initial = False

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        for group in optimizer.param_groups:
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise KeyError("param 'initial_lr' is not specified in param_groups when resuming an optimizer")
        self.optimizer, self.last_epoch = optimizer, last_epoch
        self.base_lrs: list[float] = [group["initial_lr"] for group in optimizer.param_groups]
        self._step_count, self._is_initial = 0, True
        self.step()
        self._is_initial = False

    def get_lr(self) -> list[float]:
        """Return the learning rate of each group at step `last_epoch`."""
        return [self.lr_of(group, place) for place, group in enumerate(self.optimizer.param_groups)]

    def lr_of(self, group: Group, place: int) -> float:
        """Return the learning rate of the group at `place` in the optimizer's list; `get_lr` asks for each."""
        raise NotImplementedError(f"{type(self).__name__} has to define get_lr(), a list with one lr for each group")

    def closed_form(self, base: float) -> float | None:
        """Return the learning rate at `last_epoch` of a group that began with `base`; None if it depends on the way."""
        return None

    def step(self, epoch: int | None = None) -> None:
        """Go on to the next learning rate, or to that of an epoch."""
        self._step_count += 1
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        closed = [] if epoch is None else [lr for base in self.base_lrs if (lr := self.closed_form(base)) is not None]
        for group, lr in zip(self.optimizer.param_groups, closed or self.get_lr(), strict=True):
            group["lr"] = lr
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def get_last_lr(self) -> list[float]:
        """Return the learning rate of each group, as this schedule last set it."""
        return self._last_lr

    def state_dict(self) -> dict[str, Any]:
        """Return everything but the optimizer and functions."""
        return {name: x for name, x in vars(self).items() if name not in ("optimizer", "lr_lambdas", "_is_initial")}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from a state that `state_dict` returned."""
        vars(self).update(state_dict)


class _LRScheduler(LRScheduler):
    """The base class under its old name."""


class LambdaLR(LRScheduler):
    """lr = initial lr · lr_lambda(t); one function, or a list with one for each group."""

    def __init__(
        self, optimizer: Optimizer, lr_lambda: Callable[[int], float] | Sequence[Any], last_epoch: int = -1
    ) -> None:
        groups = len(optimizer.param_groups)
        functions: list[Any] = [*lr_lambda] if isinstance(lr_lambda, list | tuple) else [lr_lambda] * groups
        self.lr_lambdas = functions
        if len(self.lr_lambdas) != groups:
            raise ValueError(f"Expected {groups} lr_lambdas, but got {len(self.lr_lambdas)}")
        super().__init__(optimizer, last_epoch)

    def lr_of(self, group: Group, place: int) -> float:
        return self.base_lrs[place] * float(self.lr_lambdas[place](self.last_epoch))


class StepLR(LRScheduler):
    """lr ← gamma · lr in every `step_size`-th step."""

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def lr_of(self, group: Group, place: int) -> float:
        t = self.last_epoch
        return lr_in(group) * self.gamma if t > 0 and t % self.step_size == 0 else lr_in(group)

    def closed_form(self, base: float) -> float:
        return base * self.gamma ** (self.last_epoch // self.step_size)


class MultiStepLR(LRScheduler):
    """lr ← gamma · lr in the steps that `milestones` names."""

    def __init__(
        self, optimizer: Optimizer, milestones: Sequence[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.milestones, self.gamma = list(milestones), gamma
        super().__init__(optimizer, last_epoch)

    def lr_of(self, group: Group, place: int) -> float:
        return lr_in(group) * self.gamma ** self.milestones.count(self.last_epoch)

    def closed_form(self, base: float) -> float:
        return base * self.gamma ** sum(milestone <= self.last_epoch for milestone in self.milestones)


class ExponentialLR(LRScheduler):
    """lr ← gamma · lr in every step."""

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def lr_of(self, group: Group, place: int) -> float:
        return lr_in(group) if self._is_initial else lr_in(group) * self.gamma

    def closed_form(self, base: float) -> float:
        return base * self.gamma**self.last_epoch


class ConstantLR(LRScheduler):
    """lr = factor · initial lr in the first `total_iters` steps, then the initial lr."""

    def __init__(
        self, optimizer: Optimizer, factor: float = 1.0 / 3, total_iters: int = 5, last_epoch: int = -1
    ) -> None:
        if not 0 <= factor <= 1:
            raise ValueError("Constant multiplicative factor expected to be between 0 and 1.")
        self.factor, self.total_iters = factor, total_iters
        super().__init__(optimizer, last_epoch)

    def lr_of(self, group: Group, place: int) -> float:
        if self.last_epoch == 0:
            return lr_in(group) * self.factor
        return lr_in(group) * (1 / self.factor) if self.last_epoch == self.total_iters else lr_in(group)

    def closed_form(self, base: float) -> float:
        return base if self.last_epoch >= self.total_iters else base * self.factor


class PolynomialLR(LRScheduler):
    """lr = initial lr · (1 − t / total_iters)^power, down to 0 in `total_iters` steps, where it stays."""

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1) -> None:
        self.total_iters, self.power = total_iters, power
        super().__init__(optimizer, last_epoch)

    def lr_of(self, group: Group, place: int) -> float:
        t, n = self.last_epoch, self.total_iters
        if self._is_initial or t > n:
            return lr_in(group)
        return lr_in(group) * math.pow((1 - t / n) / (1 - (t - 1) / n), self.power)

    def closed_form(self, base: float) -> float:
        return base * math.pow(1 - min(self.last_epoch, self.total_iters) / self.total_iters, self.power)


class LinearLR(LRScheduler):
    """lr = initial lr · a factor that goes in a line from start_factor to end_factor in `total_iters` steps."""

    def __init__(
        self, optimizer: Optimizer, start_factor: float = 1.0 / 3, end_factor: float = 1.0, total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:  # fmt: skip
        if not 0 < start_factor <= 1:
            raise ValueError("Starting multiplicative factor expected to be greater than 0 and less or equal to 1.")
        if not 0 <= end_factor <= 1:
            raise ValueError("Ending multiplicative factor expected to be between 0 and 1.")
        self.start_factor, self.end_factor, self.total_iters = start_factor, end_factor, total_iters
        super().__init__(optimizer, last_epoch)

    def factor(self, t: int) -> float:
        return self.start_factor + (self.end_factor - self.start_factor) * min(t, self.total_iters) / self.total_iters

    def lr_of(self, group: Group, place: int) -> float:
        t = self.last_epoch
        if t == 0:
            return lr_in(group) * self.start_factor
        if self._is_initial or t > self.total_iters:
            return lr_in(group)
        return lr_in(group) * (self.factor(t) / self.factor(t - 1))

    def closed_form(self, base: float) -> float:
        return base * self.factor(self.last_epoch)


class CosineAnnealingLR(LRScheduler):
    """lr = eta_min + (initial lr − eta_min) (1 + cos(π t / T_max)) / 2: down half a wave in T_max steps.

    Source: Loshchilov & Hutter 2017, "SGDR: stochastic gradient descent with warm restarts", eq. 5, without restarts.
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def height(self, t: int) -> float:
        return (1 + math.cos(math.pi * t / self.T_max)) / 2

    def lr_of(self, group: Group, place: int) -> float:
        t, low = self.last_epoch, self.eta_min
        if self._is_initial:
            return lr_in(group)
        if self._step_count == 1 and t > 0:  # a subclass that begins anew, as SGDR does
            return self.closed_form(self.base_lrs[place])
        if (t - 1 - self.T_max) % (2 * self.T_max) == 0:  # at the bottom there is nothing to multiply
            return lr_in(group) + (self.base_lrs[place] - low) * self.height(t)
        return low + (lr_in(group) - low) * self.height(t) / self.height(t - 1)

    def closed_form(self, base: float) -> float:
        return self.eta_min + (base - self.eta_min) * self.height(self.last_epoch)


class OneCycleLR(LRScheduler):
    """Up from max_lr / div_factor to max_lr in the first `pct_start` of the steps, then down to almost nothing.

    It ends at max_lr / div_factor / final_div_factor; with `three_phase` it first comes down the way it went up.
    Momentum (or the first beta) does the opposite if `cycle_momentum`. Give total_steps, or epochs and steps_per_epoch.
    Source: Smith & Topin 2019, "Super-convergence".
    """

    def __init__(
        self, optimizer: Optimizer, max_lr: float | Sequence[float], total_steps: int | None = None,
        epochs: int | None = None, steps_per_epoch: int | None = None, pct_start: float = 0.3,
        anneal_strategy: str = "cos", cycle_momentum: bool = True, base_momentum: float = 0.85,
        max_momentum: float = 0.95, div_factor: float = 25.0, final_div_factor: float = 1e4, three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:  # fmt: skip
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
            total_steps = epochs * steps_per_epoch
        self.total_steps = total_steps
        if not (isinstance(self.total_steps, int) and self.total_steps > 0):
            raise ValueError(f"Expected positive integer total_steps, but got {self.total_steps}")
        if not 0 <= pct_start <= 1:
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        groups = optimizer.param_groups
        if cycle_momentum and not all("momentum" in group or "betas" in group for group in groups):
            raise ValueError("optimizer must support momentum or beta1 with `cycle_momentum` option enabled")
        tops: list[Any] = [*max_lr] if isinstance(max_lr, list | tuple) else [max_lr] * len(groups)
        top, last = pct_start * self.total_steps - 1, self.total_steps - 1
        # each phase: the step at which it ends, and which of the heights it goes from and to
        there_and_back = [(top, 0, 1), (2 * top, 1, 0), (last, 0, 2)]
        self.phases = there_and_back if three_phase else [(top, 0, 1), (last, 1, 2)]
        self.lrs = [(high / div_factor, high, high / div_factor / final_div_factor) for high in tops]
        self.momenta = (max_momentum, base_momentum, max_momentum) if cycle_momentum else None
        self.anneal_strategy = anneal_strategy
        for group, (low, _, _) in zip(groups, self.lrs, strict=True):
            group["lr"] = low if last_epoch == -1 else group["lr"]
        super().__init__(optimizer, last_epoch)

    def between(self, heights: Sequence[float]) -> float:
        """Return the value at this step between the heights at the ends of the phases."""
        t = self.last_epoch
        start = max((end for end, _, _ in self.phases[:-1] if end < t), default=0.0)
        end, before, after = next((phase for phase in self.phases if t <= phase[0]), self.phases[-1])
        part = (t - start) / (end - start)
        part = (1 - math.cos(math.pi * part)) / 2 if self.anneal_strategy == "cos" else part
        return heights[before] + (heights[after] - heights[before]) * part

    def lr_of(self, group: Group, place: int) -> float:
        if self.last_epoch > self.total_steps:
            raise ValueError(
                f"Tried to step {self.last_epoch} times. The specified number of total steps is {self.total_steps}"
            )
        if self.momenta and "betas" in group:
            group["betas"] = (self.between(self.momenta), *group["betas"][1:])
        elif self.momenta:
            group["momentum"] = self.between(self.momenta)
        return self.between(self.lrs[place])


class ReduceLROnPlateau(LRScheduler):
    """lr ← factor · lr, but not below min_lr, when for more than `patience` steps nothing has become better.

    `step` is told a number, such as the loss on data kept aside. Better is lower, or with mode "max" higher, than the
    best so far by a share `threshold` of it, or with threshold_mode "abs" by `threshold`. After a change, `cooldown`
    steps do not count as bad. A change of less than `eps` is not made.
    """

    def __init__(
        self, optimizer: Optimizer, mode: str = "min", factor: float = 0.1, patience: int = 10, threshold: float = 1e-4,
        threshold_mode: str = "rel", cooldown: int = 0, min_lr: float | Sequence[float] = 0, eps: float = 1e-8,
    ) -> None:  # fmt: skip
        if factor >= 1:
            raise ValueError("Factor should be < 1.0.")
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        if mode not in ("min", "max"):
            raise ValueError(f"mode {mode} is unknown!")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f"threshold mode {threshold_mode} is unknown!")
        groups = len(optimizer.param_groups)
        if isinstance(min_lr, list | tuple) and len(min_lr) != groups:
            raise ValueError(f"expected {groups} min_lrs, got {len(min_lr)}")
        self.optimizer, self.mode, self.factor, self.patience = optimizer, mode, factor, patience
        self.threshold, self.threshold_mode, self.cooldown, self.eps = threshold, threshold_mode, cooldown, eps
        self.min_lr = min_lr
        self.best = math.inf if mode == "min" else -math.inf
        self.last_epoch = self.num_bad_epochs = self.cooldown_counter = 0
        self._last_lr = [group["lr"] for group in optimizer.param_groups]

    def is_better(self, value: float) -> bool:
        """Return whether a number is better than the best so far."""
        margin = -self.threshold if self.mode == "min" else self.threshold
        limit = self.best * (1 + margin) if self.threshold_mode == "rel" else self.best + margin
        return value < limit if self.mode == "min" else value > limit

    def step(self, metrics: Any, epoch: int | None = None) -> None:  # type: ignore[override]
        """Take note of a number, which may be a tensor, and go on to the next learning rate."""
        value = float(metrics)
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        if self.is_better(value):
            self.best, self.num_bad_epochs = value, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter, self.num_bad_epochs = self.cooldown_counter - 1, 0
        if self.num_bad_epochs > self.patience:
            groups, low = self.optimizer.param_groups, self.min_lr
            lowest: list[Any] = [*low] if isinstance(low, list | tuple) else [low] * len(groups)
            for group, low in zip(groups, lowest, strict=True):
                lr = max(group["lr"] * self.factor, low)
                group["lr"] = lr if group["lr"] - lr > self.eps else group["lr"]
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]
