"""Sequences of different lengths in one tensor."""

from collections.abc import Sequence

from autograd.tensor.api.refusals import refused
from autograd.tensor.api.shapes import pad, stack
from autograd.tensor.core.tensor import Tensor

WAY_OUT = "give the layer padded sequences (pad_sequence), and leave out of the loss what lies behind the ends"
pack_padded_sequence = refused("rnn.pack_padded_sequence", WAY_OUT)
pad_packed_sequence = refused("rnn.pad_packed_sequence", WAY_OUT)


def pad_sequence(
    sequences: Sequence[Tensor], batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Tensor:
    """Return sequences (length, …) as one tensor (longest, n, …), or with n first if `batch_first`.

    `padding_value` stands behind those that are shorter, or before them with padding_side "left".
    """
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"Expected padding_side to be one of left or right, but got {padding_side}.")
    longest, padded = max(len(x) for x in sequences), []
    for x in sequences:
        ends = (0, longest - len(x)) if padding_side == "right" else (longest - len(x), 0)
        padded.append(pad(x, (*[0, 0] * (x.ndim - 1), *ends), value=padding_value))
    return stack(padded, 0 if batch_first else 1)
