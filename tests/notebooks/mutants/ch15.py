"""Wrong answers to chapter 15's exercises, which the checks must catch."""

import numpy as np

import autograd.tensor as ag
from autograd.tensor import nn

# 15.4


def attacker(
    sign=1.0,
    loss=lambda scores, label: nn.functional.cross_entropy(scores, ag.tensor([label])),
    direction=lambda slopes: slopes.sign(),
    end=lambda moved: moved.clamp(0, 1),
):
    """A solution but for the direction, the loss, or the end."""

    def attack(model, picture, label, size):
        copy = picture.detach().clone().requires_grad_()
        (slopes,) = ag.grad(loss(model(copy), label), [copy])
        return end(picture.detach() + sign * size * direction(slopes))

    return attack


def goes_backward(model, picture, label, size):
    copy = picture.detach().clone().requires_grad_()
    nn.functional.cross_entropy(model(copy), ag.tensor([label])).backward()
    return (picture.detach() + size * copy.grad.sign()).clamp(0, 1)


def clears_the_model(model, picture, label, size):
    result = goes_backward(model, picture, label, size)
    for parameter in model.parameters():
        parameter.grad = None
    return result


def changes_the_picture(model, picture, label, size):
    result = attacker()(model, picture, label, size)
    picture[...] = result
    return result


def marks_the_picture(model, picture, label, size):
    picture.requires_grad = True
    loss = nn.functional.cross_entropy(model(picture), ag.tensor([label]))
    (slopes,) = ag.grad(loss, [picture])
    return (picture.detach() + size * slopes.sign()).clamp(0, 1)


def trains_the_model(model, picture, label, size):
    result = attacker()(model, picture, label, size)
    with ag.no_grad():
        for parameter in model.parameters():
            parameter.mul_(0.9)
    return result


def freezes_the_model(model, picture, label, size):
    model.requires_grad_(False)
    return goes_backward(model, picture, label, size)


def leaves_it_in_eval(model, picture, label, size):
    model.eval()
    return attacker()(model, picture, label, size)


# 15.3


def shifted(images, down, right):
    moved = np.zeros_like(images)
    n, height, width = images.shape
    for y in range(height):
        for x in range(width):
            if 0 <= y - down < height and 0 <= x - right < width:
                moved[:, y, x] = images[:, y - down, x - right]
    return moved


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


def ties_count_as_right(scores, labels):
    of_labels = scores.numpy()[range(len(labels)), labels.tolist()]
    return float((of_labels >= scores.numpy().max(axis=1)).mean())


def counted_once(truth, answers, classes):
    table = np.zeros((classes, classes), dtype=int)
    table[truth, answers] += 1
    return table


def counted(rows, columns, classes, dtype=int):
    table = np.zeros((classes, classes), dtype=dtype)
    np.add.at(table, (rows, columns), 1)
    return table


MUTANTS = {
    "15.1": [
        lambda scores, labels: (scores.argmax(0) == labels[: scores.shape[1]]).double().mean().item(),
        lambda scores, labels: (scores.argmin(1) == labels).double().mean().item(),
        lambda scores, labels: (scores.argmax(1) == labels).double().sum().item(),
        lambda scores, labels: (scores.argmax(1) == labels).double().mean(),
        lambda scores, labels: (scores.argmax(1) != labels).double().mean().item(),
        lambda scores, labels: (scores.abs().argmax(1) == labels).double().mean().item(),
        lambda scores, labels: float((scores.argmax(1) == labels).all().item()),
        lambda scores, labels: float((scores.argmax(1) == labels)[0].item()),
        lambda scores, labels: (scores.round().argmax(1) == labels).double().mean().item(),
        lambda scores, labels: ((scores[:, 1] > scores[:, 0]).long() == labels).double().mean().item(),
        lambda scores, labels: float(
            (scores.numpy()[range(len(labels)), labels.tolist()] >= scores.numpy().max(1)).mean()
        ),
        lambda scores, labels: 1.0,
    ],
    "15.2": [
        counted_once,
        lambda truth, answers, classes: counted(truth, answers, classes, np.uint8),
        lambda truth, answers, classes: counted(truth, answers, classes, np.int16),
        lambda truth, answers, classes: counted(answers, truth, classes),
        lambda truth, answers, classes: counted(truth, answers, classes, float),
        lambda truth, answers, classes: counted(truth, answers, classes).tolist(),
        lambda truth, answers, classes: counted(truth, answers, classes + 1),
        lambda truth, answers, classes: counted(truth, answers, 1 + max([*truth, *answers, 0])),
        lambda truth, answers, classes: counted(truth, answers, classes) * (1 - np.eye(classes, dtype=int)),
        lambda truth, answers, classes: counted(truth, answers, classes) // max(1, len(truth)),
        lambda truth, answers, classes: np.diag(np.bincount(truth, minlength=classes)),
    ],
    "15.3": [
        lambda images, down, right: np.roll(images, (down, right), (1, 2)),
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
        attacker(sign=-1.0),
        attacker(sign=0.0),
        attacker(sign=2.0),
        attacker(loss=lambda scores, label: scores[0, label]),
        attacker(loss=lambda scores, label: nn.functional.cross_entropy(scores, ag.tensor([0]))),
        attacker(loss=lambda scores, label: -scores.max()),
        attacker(direction=lambda slopes: slopes),
        attacker(direction=lambda slopes: slopes / slopes.norm()),
        attacker(direction=lambda slopes: ag.ones_like(slopes)),
        attacker(direction=lambda slopes: slopes.sign().clamp(0, 1)),
        attacker(end=lambda moved: moved),
        attacker(end=lambda moved: moved.clamp(0, 1).numpy()),
        attacker(end=lambda moved: moved.clamp(0, 1)[0]),
        attacker(end=lambda moved: moved.clamp(0, 1).requires_grad_()),
        attacker(end=lambda moved: moved.clamp(-1, 1)),
        attacker(direction=lambda slopes: (slopes >= 0).double() * 2 - 1),
        goes_backward,
        trains_the_model,
        freezes_the_model,
        leaves_it_in_eval,
        clears_the_model,
        changes_the_picture,
        marks_the_picture,
    ],
}
