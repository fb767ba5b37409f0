"""Wrong answers to chapter 17's exercises, which the checks must catch, and right ones in other styles."""

import itertools

import numpy as np

from course.mine.tensor_convolution import (
    correlate,
    gradient_of_images,
    gradient_of_weight,
    largest,
    patches,
    to_the_largest,
)
from course.mine.tensor_engine import Tensor

# 17.1


def ordered(order, turned=False):
    """Make a `patches` with another order of (image, channel, row in window, column in window, row, column)."""

    def found(x, size):
        windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(2, 3)).transpose(0, 1, 4, 5, 2, 3)
        n, channels, _, _, rows, columns = windows.shape
        windows = windows[:, :, ::-1, ::-1] if turned else windows
        return windows.transpose(order).reshape(n, channels * size * size, rows * columns)

    return found


def rows_of_windows(x, size):
    return patches(x, size).swapaxes(1, 2)


def one_place_short(x, size):
    return patches(x[:, :, :-1, :-1], size)


def blocks(x, size):
    """Windows that do not overlap, as in pooling."""
    n, channels, height, width = x.shape
    starts = itertools.product(range(0, height - size + 1, size), range(0, width - size + 1, size))
    return np.stack([x[:, :, i : i + size, j : j + size].reshape(n, -1) for i, j in starts], axis=2)


def first_channel(x, size):
    return patches(x[:, :1], size)


def first_image(x, size):
    return patches(x[:1], size)[0]


def square_only(x, size):
    side = x.shape[2] - size + 1
    return np.stack(
        [x[:, :, i : i + size, j : j + size].reshape(len(x), -1) for i in range(side) for j in range(side)], 2
    )


def doubles(x, size):
    return patches(x.astype(float), size)


def place_by_place(x, size):
    n, _, height, width = x.shape
    found = []
    for i in range(height - size + 1):
        for j in range(width - size + 1):
            found.append(x[:, :, i : i + size, j : j + size].reshape(n, -1))
    return np.array(found).transpose(1, 2, 0)


def by_the_place_in_the_window(x, size):
    n, channels, height, width = x.shape
    rows, columns = height - size + 1, width - size + 1
    found = np.empty((n, channels, size, size, rows, columns), x.dtype)
    for i, j in np.ndindex(size, size):
        found[:, :, i, j] = x[:, :, i : i + rows, j : j + columns]
    return found.reshape(n, channels * size**2, rows * columns)


def by_numbered_places(x, size):
    n, channels, height, width = x.shape
    numbers = np.arange(channels * height * width).reshape(channels, height, width)
    corner = numbers[:, :size, :size].ravel()
    starts = numbers[0, : height - size + 1, : width - size + 1].ravel()
    return x.reshape(n, -1)[:, corner[:, None] + starts]


def with_generators(x, size):
    def windows():
        for i in range(x.shape[2] - size + 1):
            yield from (x[..., i : i + size, j : j + size] for j in range(x.shape[3] - size + 1))

    return np.stack([[window.ravel() for window in image] for image in zip(*windows(), strict=True)]).swapaxes(1, 2)


def picture_by_picture(x, size):
    return np.concatenate([patches(x[i : i + 1], size) for i in range(len(x))])


def row_by_row(x, size):
    """Loops over rows of places, which are few; the card forbids loops over places."""
    rows = x.shape[2] - size + 1
    return np.concatenate([patches(x[:, :, i : i + size], size) for i in range(rows)], axis=2)


# 17.2


def entry(forward=correlate, of_x=gradient_of_images, of_weight=gradient_of_weight):
    return {"conv2d": (forward, {"x": of_x, "weight": of_weight})}


def padded(g, weight):
    border = weight.shape[-1] - 1
    return np.pad(g, ((0, 0), (0, 0), (border, border), (border, border)))


def not_turned(g, weight):
    return correlate(padded(g, weight), weight.swapaxes(0, 1))


def turned_in_rows_alone(g, weight):
    return correlate(padded(g, weight), weight[:, :, ::-1].swapaxes(0, 1))


def channels_not_exchanged(g, weight):
    return correlate(padded(g, weight), weight[:, :, ::-1, ::-1])


def without_border(g, weight):
    return correlate(g, weight[:, :, ::-1, ::-1].swapaxes(0, 1))


def overwriting(g, weight, like_x):
    """Writes what a place sends to its window, instead of adding it."""
    found, size = np.zeros(like_x.shape, g.dtype), weight.shape[-1]
    for i, j in np.ndindex(g.shape[2:]):
        found[:, :, i : i + size, j : j + size] = np.einsum("no,ocij->ncij", g[:, :, i, j], weight)
    return found


def mean_over_pictures(g, x, like_weight):
    return gradient_of_weight(g, x, like_weight) / np.array(len(x), g.dtype)


def first_image_alone(g, x, like_weight):
    return gradient_of_weight(g[:1], x[:1], like_weight)


def of_each_image(g, x, like_weight):
    flat = g.reshape(*g.shape[:2], -1)
    return flat @ patches(x, like_weight.shape[-1]).swapaxes(1, 2)


def flipping(x, weight):
    return correlate(x, weight[:, :, ::-1, ::-1])


def channels_apart(x, weight):
    """Keeps the channels, as if they did not add up."""
    return np.stack([correlate(x[:, c : c + 1], weight[:, c : c + 1]) for c in range(x.shape[1])], axis=2)


def reading_too_much(g, x, weight):
    return gradient_of_weight(g, x, weight)


def scattered(g, weight, like_x):
    """Adds what a place sends to the window that it was computed from."""
    found, size = np.zeros(like_x.shape, g.dtype), weight.shape[-1]
    for i, j in np.ndindex(g.shape[2:]):
        found[:, :, i : i + size, j : j + size] += np.einsum("no,ocij->ncij", g[:, :, i, j], weight)
    return found


def by_windows(x, weight):
    """Goes through pictures, kernels and places, as the chapter's `slide` does."""
    size = weight.shape[-1]
    y = np.zeros((len(x), len(weight), x.shape[2] - size + 1, x.shape[3] - size + 1), x.dtype)
    for n, out, i, j in np.ndindex(y.shape):
        y[n, out, i, j] = (x[n, :, i : i + size, j : j + size] * weight[out]).sum()
    return y


def scattered_by_pixels(g, weight, like_x):
    """Adds what all places send to one pixel of their windows."""
    found, (rows, columns) = np.zeros(like_x.shape, g.dtype), g.shape[2:]
    for i, j in np.ndindex(weight.shape[2:]):
        found[:, :, i : i + rows, j : j + columns] += np.einsum("nohw,oc->nchw", g, weight[:, :, i, j])
    return found


def by_products(x, weight):
    size, rows, columns = weight.shape[-1], x.shape[2] - weight.shape[2] + 1, x.shape[3] - weight.shape[3] + 1
    return sum(
        np.einsum("nchw,oc->nohw", x[:, :, i : i + rows, j : j + columns], weight[:, :, i, j])
        for i, j in np.ndindex(size, size)
    )


def images_with_g(g, x):
    """Correlates the images with g as the kernel, images and channels exchanged."""
    rows, columns = g.shape[2:]
    size = x.shape[2] - rows + 1
    found = [np.einsum("nohw,nchw->oc", g, x[:, :, i : i + rows, j : j + columns]) for i, j in np.ndindex(size, size)]
    return np.stack(found, axis=-1).reshape(g.shape[1], x.shape[1], size, size)


# 17.3


def pool(forward=largest, rule=to_the_largest):
    return {"max_pool2d": (forward, {"x": rule})}


def cut(x, size):
    rows, columns = x.shape[2] // size, x.shape[3] // size
    whole = x[:, :, : rows * size, : columns * size]
    return whole.reshape(*x.shape[:2], rows, size, columns, size)


def by_reshape(x, size):
    return cut(x, size).max(axis=(3, 5))


def stretched(g, like_x, size):
    found = np.zeros(like_x.shape, g.dtype)
    blocks = g.repeat(size, axis=2).repeat(size, axis=3)
    found[:, :, : blocks.shape[2], : blocks.shape[3]] = blocks
    return found


def shared(g, x, y, size):
    """Divides the gradient among equal places."""
    hits = (x == stretched(y, x, size)) & (stretched(np.ones_like(y), x, size) > 0)
    counts = cut(hits, size).sum(axis=(3, 5))
    return stretched(g / counts.astype(g.dtype), x, size) * hits


def to_all_equal(g, x, y, size):
    return stretched(g, x, size) * (x == stretched(y, x, size))


def to_all(g, like_x, size):
    return stretched(g, like_x, size)


def of_a_mean(g, like_x, size):
    return stretched(g, like_x, size) / np.array(size**2, g.dtype)


def without_g(g, x, y, size):
    return to_the_largest(np.ones_like(g), x, y, size)


def mean_of_blocks(x, size):
    return cut(x, size).mean(axis=(3, 5))


def overlapping(x, size):
    return np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(2, 3)).max(axis=(4, 5))


def every_other(x, size):
    return x[:, :, ::size, ::size][:, :, : x.shape[2] // size, : x.shape[3] // size]


def of_rows_alone(x, size):
    return cut(x, size).max(axis=3)[..., 0]


def by_loops(g, x, size):
    found = np.zeros_like(x)
    for n, c, i, j in np.ndindex(g.shape):
        block = x[n, c, i * size : i * size + size, j * size : j * size + size]
        row, column = np.unravel_index(block.argmax(), block.shape)
        found[n, c, i * size + row, j * size + column] = g[n, c, i, j]
    return found


def in_loops(x, size):
    rows, columns = x.shape[2] // size, x.shape[3] // size
    starts = itertools.product(range(0, rows * size, size), range(0, columns * size, size))
    found = [x[:, :, i : i + size, j : j + size].max(axis=(2, 3)) for i, j in starts]
    return np.stack(found, axis=-1).reshape(*x.shape[:2], rows, columns)


def row_by_row_of_blocks(x, size):
    rows, columns = x.shape[2] // size, x.shape[3] // size * size
    found = [x[:, :, i * size : i * size + size, :columns].max(axis=2) for i in range(rows)]
    if not found:
        return np.zeros((*x.shape[:2], 0, columns // size), x.dtype)
    return np.stack([row.reshape(*x.shape[:2], -1, size).max(axis=3) for row in found], axis=2)


def first_of_each(g, x, size):
    """Finds the first of the largest by argmax, in all blocks at once."""
    blocks = cut(x, size).swapaxes(3, 4).reshape(*g.shape, size * size)
    hot = (blocks.argmax(axis=-1)[..., None] == np.arange(size * size)) * g[..., None]
    parts = hot.reshape(*g.shape, size, size).swapaxes(3, 4)
    found = np.zeros(x.shape, g.dtype)
    found[:, :, : g.shape[2] * size, : g.shape[3] * size] = parts.reshape(*g.shape[:2], g.shape[2] * size, -1)
    return found


# 17.4


def by_descent(before, after, size, rate=0.5, steps=4000):
    weight = np.zeros((1, 1, size, size))
    x, target = before[None, None], after[None, None]
    for _ in range(steps):
        g = 2 * (correlate(x, weight) - target) / target.size
        weight = weight - rate / size**2 * gradient_of_weight(g, x, weight)
    return weight[0, 0]


def by_least_squares(before, after, size):
    columns = patches(before[None, None], size)[0]
    return np.linalg.lstsq(columns.T, after.ravel(), rcond=None)[0].reshape(size, size)


def by_normal_equations(before, after, size):
    columns = patches(before[None, None], size)[0]
    return np.linalg.solve(columns @ columns.T, columns @ after.ravel()).reshape(size, size)


MUTANTS = {
    "17.1": [
        ordered((0, 1, 3, 2, 4, 5)),
        ordered((0, 1, 2, 3, 5, 4)),
        ordered((0, 2, 3, 1, 4, 5)),
        ordered((0, 1, 2, 3, 4, 5), turned=True),
        rows_of_windows,
        one_place_short,
        blocks,
        first_channel,
        first_image,
        square_only,
        doubles,
        lambda x, size: patches(x, size).tolist(),
        place_by_place,
        with_generators,
        picture_by_picture,
    ],
    "17.2": [
        entry(of_x=not_turned),
        entry(of_x=turned_in_rows_alone),
        entry(of_x=channels_not_exchanged),
        entry(of_x=without_border),
        entry(of_x=overwriting),
        entry(of_weight=mean_over_pictures),
        entry(of_weight=first_image_alone),
        entry(of_weight=of_each_image),
        entry(of_weight=reading_too_much),
        entry(flipping),
        entry(channels_apart),
        entry(lambda x, weight: correlate(x.astype(float), weight)),
        entry(correlate, of_x=lambda g, x, weight: gradient_of_images(g, weight)),
        {"conv": entry()["conv2d"]},
        entry(of_x=lambda g, weight: correlate(padded(g, weight), weight.swapaxes(2, 3).swapaxes(0, 1))),
        entry(of_x=lambda g, weight: correlate(padded(g, weight), np.rot90(weight, axes=(2, 3)).swapaxes(0, 1))),
        entry(of_x=lambda g, weight: correlate(padded(g, weight), weight[..., ::-1].swapaxes(0, 1))),
        entry(of_x=scattered),
        entry(by_windows),
    ],
    "17.3": [
        pool(rule=to_all),
        pool(rule=of_a_mean),
        pool(rule=without_g),
        pool(rule=to_all_equal),
        pool(mean_of_blocks),
        pool(overlapping),
        pool(every_other),
        pool(of_rows_alone),
        pool(rule=lambda g, x, y: to_the_largest(g, x, y, 2)),
        pool(lambda x, size: x.reshape(*x.shape[:2], x.shape[2] // size, size, x.shape[3] // size, size).max((3, 5))),
        (largest, {"x": to_the_largest}),
        pool(lambda x, size: cut(np.abs(x), size).max(axis=(3, 5))),
        pool(lambda x, size: cut(x, size).min(axis=(3, 5))),
        pool(by_reshape, by_loops),
        pool(in_loops),
    ],
    "17.4": [
        lambda before, after, size: by_descent(before, after, size)[::-1, ::-1],
        lambda before, after, size: by_descent(before, after, size).T,
        lambda before, after, size: by_descent(before, after, size, steps=5),
        lambda before, after, size: np.zeros((size, size)),
        lambda before, after, size: by_least_squares(before, after, size)[None, None],
        lambda before, after, size: Tensor(by_least_squares(before, after, size)),
    ],
}

RIGHT = {
    "17.1": [patches, by_the_place_in_the_window, by_numbered_places, row_by_row],
    "17.2": [entry(), entry(of_x=scattered_by_pixels), entry(by_products, of_weight=images_with_g)],
    "17.3": [pool(), pool(by_reshape, shared), pool(row_by_row_of_blocks, first_of_each)],
    "17.4": [by_descent, by_least_squares, by_normal_equations],
}
SAYS = [
    (MUTANTS["17.1"][0], "a window's columns before its rows"),
    (MUTANTS["17.1"][1], "the places column by column"),
    (MUTANTS["17.1"][2], "with the channel last"),
    (MUTANTS["17.1"][3], "turned by half a turn"),
    (MUTANTS["17.1"][4], "expected: shape (1, 9, 6)"),
    (MUTANTS["17.1"][10], "numbers of float64"),
    (MUTANTS["17.2"][0], "with the kernels as they are"),
    (MUTANTS["17.2"][5], "divided by the number of pictures"),
    (MUTANTS["17.2"][6], "of the first picture alone"),
    (MUTANTS["17.2"][8], "reads weight"),
    (MUTANTS["17.2"][9], "with the kernel turned by half a turn"),
    (MUTANTS["17.2"][13], "there is no entry for conv2d"),
    (MUTANTS["17.1"][12], "for 2 pictures of 6 by 6"),
    (MUTANTS["17.1"][14], "Loop over neither pictures nor places"),
    (MUTANTS["17.2"][1], "upside down"),
    (MUTANTS["17.2"][14], "the kernels transposed"),
    (MUTANTS["17.2"][15], "turned by a quarter"),
    (MUTANTS["17.2"][16], "mirrored from left to right"),
    (MUTANTS["17.2"][17], "the rule of conv2d for x, more pictures"),
    (MUTANTS["17.2"][18], "the function of conv2d, more pictures"),
    (MUTANTS["17.3"][11], "x = [[[[0.0, -2.0], [-1.0, -3.0]]]]"),
    (MUTANTS["17.3"][11], "of the largest absolute value"),
    (MUTANTS["17.3"][12], "of the smallest number"),
    (MUTANTS["17.3"][4], "of the mean"),
    (MUTANTS["17.3"][13], "Loop over neither"),
    (MUTANTS["17.3"][14], "the function of max_pool2d"),
    (MUTANTS["17.3"][0], "goes to all places of a block"),
    (MUTANTS["17.3"][1], "of a mean"),
    (MUTANTS["17.3"][2], "without g"),
    (MUTANTS["17.3"][3], "equal largest numbers"),
    (MUTANTS["17.4"][0], "turned by half a turn"),
    (MUTANTS["17.4"][1], "the kernel transposed"),
]
