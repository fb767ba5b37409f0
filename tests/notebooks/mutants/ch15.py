"""Wrong answers to chapter 15's exercises, which the checks must catch, and right ones in other styles."""

import numpy as np

from course import mine

engine = mine.chapter(14)
Tensor, no_grad, cross_entropy = engine.Tensor, engine.no_grad, engine.cross_entropy

# 15.1


def hits(model, images, labels, answer=lambda scores: scores.argmax(axis=1)):
    with no_grad():
        return answer(model(Tensor(images)).data) == labels


def mean_of_means(model, loader):
    return np.mean([hits(model, x, y).mean() for x, y in loader])


def last_batch(model, loader):
    for x, y in loader:
        share = hits(model, x, y).mean()
    return share


def only_first(model, loader):
    for x, y in loader:
        return hits(model, x, y).mean()


def without_an_axis(model, loader):
    right = count = 0
    for x, y in loader:
        right, count = right + hits(model, x, y, np.argmax).sum(), count + len(y)
    return right / count


def with_answer(answer):
    def accuracy(model, loader):
        return np.mean(np.concatenate([hits(model, x, y, answer) for x, y in loader]))

    return accuracy


def leaves_nodes(model, loader):
    return np.concatenate([model(Tensor(x)).data.argmax(axis=1) == y for x, y in loader]).mean()


def not_divided(model, loader):
    return float(sum(hits(model, x, y).sum() for x, y in loader))


def divides_by_batches(model, loader):
    return sum(hits(model, x, y).sum() for x, y in loader) / len(loader)


def goes_round_twice(model, loader):
    return sum(hits(model, x, y).sum() for x, y in loader) / sum(len(y) for _, y in loader)


def calls_twice(model, loader):
    right = count = 0
    for x, y in loader:
        right, count = right + hits(model, x, y).sum(), count + len(hits(model, x, y))
    return right / count


def one_by_one(model, loader):
    return np.mean([hits(model, image[None], y[i])[0] for x, y in loader for i, image in enumerate(x)])


def ties_count_as_right(model, loader):
    right = count = 0
    with no_grad():
        for x, y in loader:
            scores = model(Tensor(x)).data
            right += (scores[np.arange(len(y)), y] >= scores.max(axis=1)).sum()
            count += len(y)
    return right / count


def a_tensor(model, loader):
    return Tensor(leaves_nothing(model, loader))


def goes_backward(model, loader):
    for x, y in loader:
        cross_entropy(model(Tensor(x)), y).backward()
    return leaves_nothing(model, loader)


def leaves_nothing(model, loader):
    return float(np.concatenate([hits(model, x, y) for x, y in loader]).mean())


def by_sums(model, loader):
    right, count = 0, 0
    for images, labels in loader:
        with no_grad():
            scores = model(Tensor(images))
        for row, label in zip(scores.data.tolist(), labels.tolist(), strict=True):
            right += row.index(max(row)) == label
            count += 1
    return right / count


def inside_one_block(model, loader):
    with no_grad():
        pairs = [(model(Tensor(x)).data.argmax(1), y) for x, y in loader]
    answers, truth = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
    return (answers == truth).mean()


# 15.2


def counted_once(truth, answers, classes):
    table = np.zeros((classes, classes), dtype=int)
    table[truth, answers] += 1
    return table


def counted(rows, columns, classes, dtype=int):
    table = np.zeros((classes, classes), dtype=dtype)
    np.add.at(table, (rows, columns), 1)
    return table


def transposed(truth, answers, classes):
    return counted(answers, truth, classes)


def by_a_loop(truth, answers, classes):
    table = np.zeros((classes, classes), dtype=int)
    for i, j in zip(truth, answers, strict=True):
        table[i, j] += 1
    return table


def by_masks(truth, answers, classes):
    return np.array([[((truth == i) & (answers == j)).sum() for j in range(classes)] for i in range(classes)])


# 15.3


def shifted(images, down, right):
    moved = np.zeros_like(images)
    n, height, width = images.shape
    for y in range(height):
        for x in range(width):
            if 0 <= y - down < height and 0 <= x - right < width:
                moved[:, y, x] = images[:, y - down, x - right]
    return moved


def rolled(images, down, right):
    return np.roll(images, (down, right), (1, 2))


def in_place(images, down, right):
    images[...] = shifted(images, down, right)
    return images


def only_positive(images, down, right):
    return np.pad(images, ((0, 0), (max(0, down), 0), (max(0, right), 0)))[:, : images.shape[1], : images.shape[2]]


def repeats_the_edge(images, down, right):
    n, height, width = images.shape
    ys, xs = np.clip(np.arange(height) - down, 0, height - 1), np.clip(np.arange(width) - right, 0, width - 1)
    return images[:, ys][:, :, xs]


def grows(images, down, right):
    return np.pad(images, ((0, 0), (abs(down), 0), (abs(right), 0)))


def rolled_and_cleared(images, down, right):
    n, height, width = images.shape
    result = np.roll(images, (down, right), (1, 2))
    ys, xs = np.arange(height) - down, np.arange(width) - right
    result[:, (ys < 0) | (ys >= height)] = 0
    result[:, :, (xs < 0) | (xs >= width)] = 0
    return result


def by_padding(images, down, right):
    n, height, width = images.shape
    wide = np.pad(images, ((0, 0), (height, height), (width, width)))
    y, x = (max(-n, min(n, step)) for n, step in ((height, down), (width, right)))
    return wide[:, height - y : 2 * height - y, width - x : 2 * width - x].copy()


def by_one_step_at_a_time(images, down, right):
    result = images.copy()
    for _ in range(abs(down)):
        row = np.zeros_like(result[:, :1])
        parts = (row, result[:, :-1]) if down > 0 else (result[:, 1:], row)
        result = np.concatenate(parts, axis=1)
    for _ in range(abs(right)):
        column = np.zeros_like(result[:, :, :1])
        parts = (column, result[:, :, :-1]) if right > 0 else (result[:, :, 1:], column)
        result = np.concatenate(parts, axis=2)
    return result


# 15.4


def slopes_of(model, images, labels, loss=cross_entropy):
    before = [parameter.grad for parameter in model.parameters()]
    leaf = Tensor(images, requires_grad=True)
    loss(model(leaf), labels).backward()
    for parameter, g in zip(model.parameters(), before, strict=True):
        parameter.grad = g
    return leaf.grad


def attacker(sign=1.0, loss=cross_entropy, direction=np.sign, end=lambda moved: np.clip(moved, 0, 1)):
    """A solution but for the direction, the loss, or the end."""

    def attack(model, images, labels, size):
        return end(images + sign * size * direction(slopes_of(model, images, labels, loss)))

    return attack


def leaves_gradients(model, images, labels, size):
    leaf = Tensor(images, requires_grad=True)
    cross_entropy(model(leaf), labels).backward()
    return np.clip(images + size * np.sign(leaf.grad), 0, 1)


def clears_the_model(model, images, labels, size):
    result = leaves_gradients(model, images, labels, size)
    for parameter in model.parameters():
        parameter.grad = None
    return result


def changes_the_images(model, images, labels, size):
    images += size * np.sign(slopes_of(model, images, labels))
    return np.clip(images, 0, 1)


def trains_the_model(model, images, labels, size):
    result = attacker()(model, images, labels, size)
    for parameter in model.parameters():
        parameter.data = parameter.data * 0.9
    return result


def against_the_gradient(model, images, labels, size):
    return np.clip(images - size * np.sign(slopes_of(model, images, labels)), 0, 1)


def row_by_row(model, images, labels, size):
    rows = [attacker()(model, images[i : i + 1], labels[i : i + 1], size) for i in range(len(images))]
    return np.concatenate(rows)


def with_zeroed_gradients(model, images, labels, size):
    kept = {id(parameter): parameter.grad for parameter in model.parameters()}
    for parameter in model.parameters():
        parameter.grad = None
    leaf = Tensor(images.copy(), requires_grad=True)
    (cross_entropy(model(leaf), labels) * len(labels)).backward()
    for parameter in model.parameters():
        parameter.grad = kept[id(parameter)]
    step = size * ((leaf.grad > 0) * 1.0 - (leaf.grad < 0))
    return np.maximum(0, 1 - np.maximum(0, 1 - (images + step)))


MUTANTS = {
    "15.1": [
        mean_of_means,
        last_batch,
        only_first,
        without_an_axis,
        with_answer(lambda scores: scores.argmin(axis=1)),
        with_answer(lambda scores: np.abs(scores).argmax(axis=1)),
        with_answer(lambda scores: np.round(scores).argmax(axis=1)),
        with_answer(lambda scores: (scores[:, 1] > scores[:, 0]).astype(int)),
        with_answer(lambda scores: scores.shape[1] - 1 - scores[:, ::-1].argmax(axis=1)),
        lambda model, loader: 1 - leaves_nothing(model, loader),
        lambda model, loader: 1.0,
        not_divided,
        divides_by_batches,
        goes_round_twice,
        calls_twice,
        one_by_one,
        ties_count_as_right,
        leaves_nodes,
        a_tensor,
        goes_backward,
    ],
    "15.2": [
        counted_once,
        transposed,
        lambda truth, answers, classes: counted(truth, answers, classes, np.uint8),
        lambda truth, answers, classes: counted(truth, answers, classes, np.int16),
        lambda truth, answers, classes: counted(truth, answers, classes, float),
        lambda truth, answers, classes: counted(truth, answers, classes).tolist(),
        lambda truth, answers, classes: counted(truth, answers, classes + 1),
        lambda truth, answers, classes: counted(truth, answers, 1 + max([*truth, *answers, 0])),
        lambda truth, answers, classes: counted(truth, answers, classes) * (1 - np.eye(classes, dtype=int)),
        lambda truth, answers, classes: counted(truth, answers, classes) // max(1, len(truth)),
        lambda truth, answers, classes: np.diag(np.bincount(truth, minlength=classes)),
    ],
    "15.3": [
        rolled,
        lambda images, down, right: shifted(images, right, down),
        lambda images, down, right: shifted(images, -down, -right),
        lambda images, down, right: shifted(images, down, 0),
        lambda images, down, right: shifted(images, down, right).astype(float),
        lambda images, down, right: shifted(images, down, right)[:1],
        lambda images, down, right: shifted(images, down, right).tolist(),
        lambda images, down, right: images if (down, right) == (0, 0) else shifted(images, down, right),
        in_place,
        only_positive,
        repeats_the_edge,
        grows,
    ],
    "15.4": [
        against_the_gradient,
        attacker(sign=0.0),
        attacker(sign=2.0),
        attacker(loss=lambda scores, labels: scores[:, labels[0]].sum()),
        attacker(loss=lambda scores, labels: cross_entropy(scores, 0 * labels)),
        attacker(loss=lambda scores, labels: -scores.max()),
        attacker(direction=lambda slopes: slopes),
        attacker(direction=lambda slopes: slopes / (slopes * slopes).sum() ** 0.5),
        attacker(direction=np.ones_like),
        attacker(direction=lambda slopes: np.maximum(np.sign(slopes), 0)),
        attacker(direction=lambda slopes: 2.0 * (slopes >= 0) - 1),
        attacker(end=lambda moved: moved),
        attacker(end=lambda moved: Tensor(np.clip(moved, 0, 1))),
        attacker(end=lambda moved: np.clip(moved, 0, 1)[0]),
        attacker(end=lambda moved: np.clip(moved, -1, 1)),
        leaves_gradients,
        trains_the_model,
        clears_the_model,
        changes_the_images,
    ],
}

RIGHT = {
    "15.1": [leaves_nothing, by_sums, inside_one_block],
    "15.2": [counted, by_a_loop, by_masks],
    "15.3": [shifted, rolled_and_cleared, by_padding, by_one_step_at_a_time],
    "15.4": [attacker(), row_by_row, with_zeroed_gradients],
}

SAYS = {
    mean_of_means: "a short batch then counts as much as a long one",
    last_batch: "of the last batch alone",
    without_an_axis: "of argmax without an axis: it gives one place for the whole batch",
    leaves_nodes: "left nodes behind",
    calls_twice: "was called 4 times",
    goes_round_twice: "more than once",
    counted_once: "each cell was counted once",
    transposed: "rows and columns exchanged",
    rolled: "comes back on the other side",
    against_the_gradient: "against the gradient",
    leaves_gradients: "put them back",
    trains_the_model: "parameters were changed",
    changes_the_images: "changed its argument",
}
