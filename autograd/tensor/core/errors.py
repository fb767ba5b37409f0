"""The error messages of the core, in PyTorch's words where it has some, with the operation and the shapes."""

from typing import Any


def freed_error() -> RuntimeError:
    return RuntimeError(
        "Trying to backward through the graph a second time (or directly access saved tensors after they have already "
        "been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). "
        "Specify retain_graph=True if you need to backward through the graph a second time."
    )


def version_error(node: Any, shape: tuple[int, ...], now: int, then: int) -> RuntimeError:
    return RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"the gradient of {node.op} needs a tensor of shape {shape}, which is at version {now}; expected version "
        f"{then} instead. Hint: detect_anomaly() finds where nan and inf come from; for this, look for +=, [...] =, "
        "names that end in _ and optimizer steps between forward and backward."
    )
