"""What chapter 17 adds to the engine of arrays: convolution as a product with patches, its rules, and pooling."""

import functools

import numpy as np

from course.mine.tensor_engine import TABLE, Entry, Tensor, record
from course.mine.tensor_modules import Module


# Exercise 17.1
def patches(x: np.ndarray, size: int) -> np.ndarray:
    """Return all windows of images as columns.

    From (n, channels, height, width), windows of `size` by `size` points make (n, channels * size * size, places):
    a column for each place, row by row, and in it a number for each channel, row and column of the window.
    """
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(2, 3))
    n, channels, rows, columns = windows.shape[:4]
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(n, channels * size * size, rows * columns)


def correlate(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return (n, out, rows, columns) from images (n, channels, height, width) and weight (out, channels, size, size).

    Each number is the sum of a window times one of the kernels; a row has width - size + 1 of them.
    """
    size = weight.shape[-1]
    rows, columns = x.shape[2] - size + 1, x.shape[3] - size + 1
    y = weight.reshape(len(weight), -1) @ patches(x, size)
    return y.reshape(len(x), len(weight), rows, columns)


def gradient_of_images(g: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Correlate `g`, with size - 1 zeros around it, with the kernels turned by half a turn: one for each channel."""
    border = weight.shape[-1] - 1
    wide = np.pad(g, ((0, 0), (0, 0), (border, border), (border, border)))
    return correlate(wide, weight[:, :, ::-1, ::-1].swapaxes(0, 1))


def gradient_of_weight(g: np.ndarray, x: np.ndarray, like_weight: np.ndarray) -> np.ndarray:
    """Add up, over all images and places, each number of `g` times the window that it was computed from."""
    flat = g.reshape(*g.shape[:2], -1)
    product = flat @ patches(x, like_weight.shape[-1]).swapaxes(1, 2)
    return product.sum(axis=0).reshape(like_weight.shape)


# Exercise 17.2
CONVOLUTION: dict[str, Entry] = {
    "conv2d": (correlate, {"x": gradient_of_images, "weight": gradient_of_weight}),
}


def largest(x: np.ndarray, size: int) -> np.ndarray:
    """Return the largest number of each block: compare the arrays that hold one place of every block."""
    return functools.reduce(np.maximum, places(x, size))


def to_the_largest(g: np.ndarray, x: np.ndarray, y: np.ndarray, size: int) -> np.ndarray:
    """Send the gradient of each block to the first of its places that holds the largest number."""
    total, rest = np.zeros(x.shape, g.dtype), g
    for here, numbers in zip(places(total, size), places(x, size), strict=True):
        hits = numbers == y
        here[...] = rest * hits
        rest = rest * ~hits
    return total


def places(x: np.ndarray, size: int) -> list[np.ndarray]:
    """Return views of an array, one for each place in a block of `size` by `size`: the numbers there in all blocks.

    Rows and columns at the end that fill no block are left out.
    """
    rows, columns = (length // size * size for length in x.shape[2:])
    return [x[:, :, i:rows:size, j:columns:size] for i in range(size) for j in range(size)]


# Exercise 17.3
POOLING: dict[str, Entry] = {"max_pool2d": (largest, {"x": to_the_largest})}

TABLE.update(CONVOLUTION | POOLING)


def max_pool(x: Tensor, size: int) -> Tensor:
    """Return the largest number of each block of `size` by `size` points, for x of shape (n, channels, height, width).

    Blocks do not overlap; rows and columns at the end that fill no block are left out.
    """
    return record("max_pool2d", x, size=size)


class Conv2d(Module):
    """The layer that correlates images (n, channels, height, width) with `out` kernels, and adds a bias to each result.

    Weight and bias start evenly spread between -b and b, where b = 1/sqrt(channels * size * size).
    Raises ValueError for images of another shape.
    """

    def __init__(self, channels: int, out: int, size: int, rng: np.random.Generator | None = None) -> None:
        rng = rng or np.random.default_rng()
        bound = 1 / (channels * size * size) ** 0.5
        self.weight = Tensor(rng.uniform(-bound, bound, (out, channels, size, size)), requires_grad=True)
        self.bias = Tensor(rng.uniform(-bound, bound, (out, 1, 1)), requires_grad=True)

    def forward(self, x: Tensor) -> Tensor:
        _, channels, size, _ = self.weight.shape
        if len(x.shape) != 4 or x.shape[1] != channels or min(x.shape[2:]) < size:
            raise ValueError(
                f"Conv2d needs the shape (n, {channels}, height, width), with sides of at least {size}, not {x.shape}"
            )
        return record("conv2d", x, self.weight) + self.bias
