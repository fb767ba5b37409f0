"""Creates tensors: from numbers, from a shape, or at random."""

import math
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd.tensor.api import dtypes
from autograd.tensor.api.arguments import numbers
from autograd.tensor.api.conversion import as_array
from autograd.tensor.api.public import public
from autograd.tensor.core.tensor import Tensor, wrap
from autograd.tensor.core.versions import version_of
from autograd.tensor.table.elementwise import masked, plus

Shape = int | Sequence[int]


def made(array: Any, dtype: Any, requires_grad: bool) -> Tensor:
    tensor = wrap(array if dtype is None else np.asarray(array).astype(dtypes.checked(dtype), copy=False))
    return tensor.requires_grad_() if requires_grad else tensor


def tensor(data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Return a tensor with a copy of numbers, nested lists or an array; Python floats become float32."""
    return made(np.array(as_array(data, dtype)), None, requires_grad)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """Return data as a tensor, without a copy where it is a tensor or an array of that dtype already."""
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    array = as_array(data, dtype)
    return from_numpy(array) if array is data else wrap(array)


def from_numpy(array: np.ndarray) -> Tensor:
    """Return a tensor that shares the memory of an array."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(array).__name__})")
    tensor = wrap(as_array(array, None))
    version_of(tensor)  # others see this memory
    return tensor


def lengths(args: Sequence[Any]) -> tuple[int, ...]:
    """Return a shape that was given as one list or number by number; raise RuntimeError for a negative length."""
    shape = numbers(args)
    for n in shape:
        if n < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: {list(shape)}")
    return shape


def full(size: Shape, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Return a tensor of a shape with one number everywhere; its type is that of the number."""
    value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    shape = lengths([size] if isinstance(size, int) else size)
    return made(np.full(shape, value, dtype or dtypes.number_type(value)), None, requires_grad)


def filled(size: Any, value: float, dtype: Any, requires_grad: bool) -> Tensor:
    """Return a tensor with one number everywhere, of the default dtype if none is given."""
    dtype = dtypes.get_default_dtype() if dtype is None else dtypes.checked(dtype)
    return made(np.full(lengths(size), value, dtype), None, requires_grad)


def zeros(*args: Any, size: Any = (), dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Return a tensor of zeros: `zeros(2, 3)` or `zeros((2, 3))`."""
    return filled(args or size, 0, dtype, requires_grad)


def ones(*args: Any, size: Any = (), dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Return a tensor of ones: `ones(2, 3)` or `ones((2, 3))`."""
    return filled(args or size, 1, dtype, requires_grad)


def empty(*args: Any, size: Any = (), dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Return a tensor of arbitrary numbers: they are zeros, so that every run gives the same results."""
    return filled(args or size, 0, dtype, requires_grad)


@public(numpy=np.full_like)
def full_like(
    input: Tensor, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Return a tensor of input's shape and type with one number everywhere."""
    return full(input.shape, fill_value, dtype=dtype or input.dtype, requires_grad=requires_grad)


def checked_tensor(input: Any, op: str) -> Tensor:
    """Return the argument if it is a Tensor; raise TypeError if it is not."""
    if not isinstance(input, Tensor):
        raise TypeError(f"{op}(): argument 'input' must be Tensor, not {type(input).__name__}")
    return input


@public(numpy=np.zeros_like)
def zeros_like(input: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Return zeros of input's shape and type."""
    return zeros(checked_tensor(input, "zeros_like").shape, dtype=dtype or input.dtype, requires_grad=requires_grad)


@public(numpy=np.ones_like)
def ones_like(input: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Return ones of input's shape and type."""
    return ones(checked_tensor(input, "ones_like").shape, dtype=dtype or input.dtype, requires_grad=requires_grad)


@public(numpy=np.empty_like)
def empty_like(input: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Return a tensor of arbitrary numbers, which are zeros, of input's shape and type."""
    return empty(checked_tensor(input, "empty_like").shape, dtype=dtype or input.dtype, requires_grad=requires_grad)


def arange(
    start: Any = 0, end: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Return start, start + step, … up to but without end; `arange(end)` starts from 0. Integers give int64."""
    start, end = (0, start) if end is None else (start, end)
    start, end, step = (x.item() if isinstance(x, Tensor) else x for x in (start, end, step))
    if dtype is not None and dtypes.checked(dtype) == dtypes.int64:
        start, end, step = int(start), int(end), int(step)
    if step == 0 or (end - start) * step < 0:
        raise RuntimeError(f"arange: upper bound and lower bound inconsistent with step sign: {start}, {end}, {step}")
    count = math.ceil((end - start) / step)
    default = dtypes.int64 if all(hasattr(x, "__index__") for x in (start, end, step)) else dtypes.get_default_dtype()
    return made(start + step * np.arange(count), dtype or default, requires_grad)


def linspace(
    start: Any, end: Any, steps: int, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Return `steps` numbers at equal distances, from start to end; of integers the whole part is taken."""
    if steps < 0:
        raise RuntimeError(f"linspace: number of steps must be non-negative, got {steps}")
    start, end = (x.item() if isinstance(x, Tensor) else x for x in (start, end))
    if dtype is None or dtypes.checked(dtype).kind == "f":
        return made(np.linspace(float(start), float(end), steps), dtype or dtypes.get_default_dtype(), requires_grad)
    start, end, places = int(start), int(end), np.arange(steps)
    step = (end - start) / max(steps - 1, 1)
    # from the nearer end, as PyTorch does it
    numbers = np.where(places < (steps + 1) // 2, start + step * places, end - step * (steps - 1 - places))
    return made(np.trunc(numbers), dtype, requires_grad)


def eye(n: int, m: int | None = None, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Return the identity matrix (n, m), m = n by default."""
    return made(
        np.eye(*lengths((n, n if m is None else m)), dtype=dtype or dtypes.get_default_dtype()), None, requires_grad
    )


def tril_indices(row: int, col: int, offset: int = 0, *, dtype: Any = dtypes.int64, device: Any = None) -> Tensor:
    """Return the places on and below a diagonal, as rows and columns: shape (2, n)."""
    return made(np.array(np.tril_indices(row, offset, col)), dtype, False)


def triu_indices(row: int, col: int, offset: int = 0, *, dtype: Any = dtypes.int64, device: Any = None) -> Tensor:
    """Return the places on and above a diagonal, as rows and columns: shape (2, n)."""
    return made(np.array(np.triu_indices(row, offset, col)), dtype, False)


# --- by chance ---


class Generator:
    """A source of random numbers with a separate state; the same seed gives the same numbers in every process."""

    def __init__(self, device: Any = None) -> None:
        self.manual_seed(0)  # not of the clock: programs repeat

    def manual_seed(self, seed: int) -> "Generator":
        """Reset the generator to a seed and return it."""
        self._seed, self.rng = int(seed), np.random.Generator(np.random.PCG64(int(seed) % 2**64))
        return self

    def initial_seed(self) -> int:
        """Return the seed that the generator was last set to."""
        return self._seed

    def seed(self) -> int:
        """Reset the generator to a random seed and return the seed."""
        return self.manual_seed(secrets.randbits(63)).initial_seed()

    def get_state(self) -> Mapping[str, Any]:
        """Return the generator's state, which `save` can store in a checkpoint."""
        return self.rng.bit_generator.state

    def set_state(self, new_state: Mapping[str, Any]) -> "Generator":
        """Continue from a state that `get_state` returned."""
        self.rng.bit_generator.state = new_state
        return self


default_generator = Generator()


def manual_seed(seed: int) -> Generator:
    """Start the generator that all functions without one share over from a seed."""
    return default_generator.manual_seed(seed)


def rng_of(generator: Generator | None) -> np.random.Generator:
    return (generator or default_generator).rng


def drawn(draw: Callable[..., Any], size: Any, dtype: Any, requires_grad: bool) -> Tensor:
    """Return random numbers that a NumPy generator draws, of the default dtype if none is given."""
    dtype = dtypes.get_default_dtype() if dtype is None else dtypes.checked(dtype)
    return made(draw(lengths(size), np.float32 if dtype == np.float32 else np.float64), dtype, requires_grad)


def rand(
    *args: Any, size: Any = (), generator: Generator | None = None, dtype: Any = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Return random numbers, uniform in [0, 1): `rand(2, 3)` or `rand((2, 3))`."""
    return drawn(rng_of(generator).random, args or size, dtype, requires_grad)


def randn(
    *args: Any, size: Any = (), generator: Generator | None = None, dtype: Any = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Return random numbers from the normal distribution of mean 0, variance 1."""
    return drawn(rng_of(generator).standard_normal, args or size, dtype, requires_grad)


def rand_like(input: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Return uniform random numbers of input's shape and type."""
    return rand(checked_tensor(input, "rand_like").shape, dtype=dtype or input.dtype, requires_grad=requires_grad)


def randn_like(input: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Return normal random numbers of input's shape and type."""
    return randn(checked_tensor(input, "randn_like").shape, dtype=dtype or input.dtype, requires_grad=requires_grad)


def randint(
    low: int = 0, high: Any = None, size: Any = None, *, generator: Generator | None = None, dtype: Any = None,
    device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Return random integers from low (0) up to but without high: `randint(10, (2, 3))` or `randint(5, 10, (2, 3))`."""
    if size is None:
        low, high, size = 0, low, high
    low, high = (0, low) if high is None else (low, high)
    if low >= high:
        raise RuntimeError(f"randint expects 'from' to be less than 'to', but got from={low} >= to={high}")
    integers = rng_of(generator).integers(low, high, lengths(size))
    return made(integers, dtype or dtypes.int64, requires_grad)


def randperm(n: int, *, generator: Generator | None = None, dtype: Any = None, device: Any = None) -> Tensor:
    """Return the integers from 0 to n - 1 in random order."""
    return made(rng_of(generator).permutation(n), dtype or dtypes.int64, False)


def normal(
    mean: Any = 0.0, std: Any = 1.0, size: Any = None, *, generator: Generator | None = None, dtype: Any = None,
    device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Return normal random numbers of a mean and a standard deviation: numbers with a size, or tensors."""
    shape = size if size is not None else np.broadcast_shapes(np.shape(mean), np.shape(std))
    numbers: Tensor = randn(shape, generator=generator, dtype=dtype) * std + mean
    return numbers.requires_grad_() if requires_grad else numbers


@public(method=True)
def bernoulli(input: Tensor, p: float | None = None, *, generator: Generator | None = None) -> Tensor:
    """Return 1 with the probabilities that input holds, or with probability p, else 0."""
    chances = input._data if p is None else np.full(input.shape, p, input.dtype)
    if not ((chances >= 0) & (chances <= 1)).all():
        raise RuntimeError("Expected p_in >= 0 && p_in <= 1 to be true, but got false.")
    draws = wrap((rng_of(generator).random(chances.shape) < chances).astype(chances.dtype))
    return plus(masked(input, False), draws) if input.requires_grad else draws  # the gradient is 0


@public(method=True)
def multinomial(
    input: Tensor, num_samples: int, replacement: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Return places drawn with probabilities proportional to the rows of input: shape (..., num_samples)."""
    if input.dtype.kind != "f":
        raise RuntimeError(f"multinomial only supports floating-point dtypes for input, got: {input.dtype}")
    if num_samples <= 0:
        raise RuntimeError(f"cannot sample n_sample <= 0 samples, got {num_samples}")
    weights = input._data.astype(np.float64)
    if weights.ndim not in (1, 2):
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if weights.shape[-1] > 2**24:
        raise RuntimeError(f"number of categories cannot exceed 2^24, got {weights.shape[-1]}")
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if not (weights.sum(-1) > 0).all():
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
    rng = rng_of(generator)
    if replacement:
        ends = weights.cumsum(-1)
        draws = rng.random((*weights.shape[:-1], num_samples)) * ends[..., -1:]
        return wrap((draws[..., None] >= ends[..., None, :]).sum(-1))
    if num_samples > (weights > 0).sum(-1).min():
        raise RuntimeError(
            "cannot sample n_sample > prob_dist.size(-1) samples without replacement, nor more than are not 0"
        )
    # The smallest of exponential waiting times E / w is number i with probability w_i / sum(w), and so on.
    with np.errstate(divide="ignore"):
        waits = rng.exponential(size=weights.shape) / weights
    return wrap(np.argsort(waits, axis=-1, kind="stable")[..., :num_samples])


def of_type(dtype: np.dtype, data: Sequence[Any]) -> Tensor:
    """Return a function that makes tensors of one type: from lists, or of a size given in whole numbers."""
    sized = not data or isinstance(data[0], int)
    return empty(*data or (0,), dtype=dtype) if sized else tensor(data[0], dtype=dtype)


def FloatTensor(*data: Any) -> Tensor:
    """Return a tensor of float32 from lists, or of a size."""
    return of_type(dtypes.float32, data)


def DoubleTensor(*data: Any) -> Tensor:
    """Return a tensor of float64 from lists, or of a size."""
    return of_type(dtypes.float64, data)


def LongTensor(*data: Any) -> Tensor:
    """Return a tensor of int64 from lists, or of a size."""
    return of_type(dtypes.int64, data)


def BoolTensor(*data: Any) -> Tensor:
    """Return a tensor of booleans from lists, or of a size."""
    return of_type(dtypes.boolean, data)
