"""The rules by which optimizers move parameters: gradient descent, and rules that adapt the step to each parameter.

The rules are PyTorch's, with its defaults. In the formulas θ is a parameter, g its gradient, t counts the steps from 1,
and products are elementwise. What they share, and how a rule is written, stands in `optimizer.py`.
"""

from typing import Any

from autograd.optimizer import (
    Optimizer,
    Params,
    Settings,
    State,
    average,
    counted,
    largest,
    plain,
    product,
    quotient,
)

__all__ = ["SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Optimizer", "RMSprop"]


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

    def update(self, data: Any, gradient: Any, state: State, group: Settings, scratch: Any) -> Any:
        momentum, step = group["momentum"], gradient
        if momentum:
            known = state.get("momentum_buffer") is not None
            part = product(gradient, 1 - group["dampening"], scratch) if known else gradient
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

    def update(self, data: Any, gradient: Any, state: State, group: Settings, scratch: Any) -> Any:
        alpha, momentum = group["alpha"], group["momentum"]
        counted(state)
        part = product(gradient, gradient, scratch)
        part *= 1 - alpha
        spread = product(average(state, "square_avg", alpha, part), 1.0, scratch)
        if momentum and "momentum_buffer" not in state:
            state["momentum_buffer"] = 0 * gradient  # here, so that the names come in PyTorch's order
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

    def update(self, data: Any, gradient: Any, state: State, group: Settings, scratch: Any) -> Any:
        t = counted(state)
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
    """RMSprop whose steps are scaled by the size of the recent steps: a step has the unit of θ, and lr has none.

    v ← ρ v + (1 − ρ) g²; d = √(u + eps) / √(v + eps) · g; u ← ρ u + (1 − ρ) d²; θ ← θ − lr · d.

    Source: Zeiler 2012, "ADADELTA: an adaptive learning rate method", algorithm 1.
    """

    def __init__(
        self, params: Params, lr: float = 1.0, rho: float = 0.9, eps: float = 1e-6, weight_decay: float = 0.0, *,
        maximize: bool = False, **how: Any,
    ) -> None:  # fmt: skip
        settings = {"rho": rho, "eps": eps}
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay, **settings}, maximize, **how)

    def update(self, data: Any, gradient: Any, state: State, group: Settings, scratch: Any) -> Any:
        rho, eps = group["rho"], group["eps"]
        counted(state)
        part = product(gradient, gradient, scratch)
        part *= 1 - rho
        spread = average(state, "square_avg", rho, part) + eps
        step = gradient * ((plain(state.get("acc_delta", 0.0)) + eps) / spread) ** 0.5
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
        check_tensors(lr, betas, how)
        settings = {"betas": betas, "eps": eps, "amsgrad": amsgrad}
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay, **settings}, maximize, **how)

    def update(self, data: Any, gradient: Any, state: State, group: Settings, scratch: Any) -> Any:
        beta1, beta2 = group["betas"]
        t = counted(state)
        mean = average(state, "exp_avg", beta1, product(gradient, 1 - beta1, scratch))
        part = product(gradient, gradient, scratch)
        part *= 1 - beta2
        square = average(state, "exp_avg_sq", beta2, part)
        if group["amsgrad"]:
            square = largest(state, "max_exp_avg_sq", square)
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

    def update(self, data: Any, gradient: Any, state: State, group: Settings, scratch: Any) -> Any:
        data *= 1 - group["lr"] * group["weight_decay"]
        return super().update(data, gradient, state, group, scratch)


def check_tensors(lr: Any, betas: tuple[Any, ...], how: dict[str, Any]) -> None:
    """Raise ValueError for settings of Adam that are tensors where PyTorch takes none."""
    tensors = [hasattr(beta, "_data") for beta in betas]
    if any(tensors) and not all(tensors):
        raise ValueError("betas must be either both floats or both Tensors")
    if how.get("foreach") and not how.get("capturable"):
        names = ["lr"] * hasattr(lr, "_data") + ["betas[0]"] * any(tensors)
        if names:
            raise ValueError(f"{names[0]} as a Tensor is not supported for capturable=False and foreach=True")
