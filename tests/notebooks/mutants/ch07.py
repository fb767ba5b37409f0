"""Wrong answers to chapter 07's exercises, which the checks must catch."""

import math

from autograd.scalar import Value

# 07.1


def step(loss_of=None, clear=True, sign=-1.0, returns=lambda loss, after: loss.data, rebind=False, scale=1.0):
    """A solution but for the loss that goes backward, the clearing, the direction, or what is returned."""

    def training_step(model, inputs, targets, step_size):
        def measured():
            errors = [model(x) - target for x, target in zip(inputs, targets, strict=True)]
            return (loss_of or mean)(errors)

        loss = measured()
        if clear:
            model.zero_grad()
        loss.backward()
        for parameter in model.parameters():
            if rebind:
                parameter = parameter - step_size * parameter.grad
            else:
                parameter.data += sign * scale * step_size * parameter.grad
        return returns(loss, measured)

    return training_step


def mean(errors):
    return Value.sum(error * error for error in errors) / len(errors)


def clears_afterwards(model, inputs, targets, step_size):
    loss = step(clear=False)(model, inputs, targets, step_size)
    model.zero_grad()
    return loss


def clears_too_early(model, inputs, targets, step_size):
    loss = mean([model(x) - target for x, target in zip(inputs, targets, strict=True)])
    loss.backward()
    model.zero_grad()
    for parameter in model.parameters():
        parameter.data -= step_size * parameter.grad
    return loss.data


def sample_by_sample(model, inputs, targets, step_size):
    losses = [step()(model, [x], [target], step_size / len(inputs)) for x, target in zip(inputs, targets, strict=True)]
    return sum(losses) / len(losses)


# 07.2


def search(works=None, runs=30, by=2.0, returns=lambda size: size, otherwise=None):
    """A solution but for what counts as working, how many runs, the factor, or what is returned."""

    def find_step_size(run, first):
        size = first
        for _ in range(runs):
            losses = run(size)
            if (works or in_order)(losses):
                return returns(size)
            size /= by
        return otherwise

    return find_step_size


def in_order(losses):
    return all(map(math.isfinite, losses)) and losses[-1] < losses[0]


def runs_twice(run, first):
    size = first
    for _ in range(30):
        if all(map(math.isfinite, run(size))) and run(size)[-1] < run(size)[0]:
            return size
        size /= 2
    return None


def best_of_all(run, first):
    sizes = [first / 2**i for i in range(30)]
    good = [size for size in sizes if in_order(run(size))]
    return good[0] if good else None


# 07.3


def stopping(
    better=lambda loss, best: loss < best, wait=lambda since, patience: since >= patience, seen=lambda step: step + 1
):
    """A solution but for what counts as better, how long it waits, or how it counts."""

    def early_stopping(losses, patience):
        best = 0
        for step_, loss in enumerate(losses):
            if better(loss, losses[best]):
                best = step_
            elif step_ and wait(step_ - best, patience):
                return best, seen(step_)
        return best, len(losses)

    return early_stopping


def counts_rises(losses, patience):
    rises = best = 0
    for i in range(1, len(losses)):
        rises = rises + 1 if losses[i] > losses[i - 1] else 0
        best = i if losses[i] < losses[best] else best
        if rises == patience:
            return best, i + 1
    return best, len(losses)


def never_forgives(losses, patience):
    best = bad = 0
    for i in range(1, len(losses)):
        if losses[i] < losses[best]:
            best = i
        else:
            bad += 1
            if bad == patience:
                return best, i + 1
    return best, len(losses)


def sees_everything(losses, patience):
    return losses.index(min(losses)), len(losses)


def peeks(losses, patience):
    return losses.index(min(losses)), stopping()(losses, patience)[1]


# 07.4


def doctor(
    numbers=lambda losses, gradients: (*losses, *gradients),
    cut=lambda gradients: not any(gradients),
    window=11,
    flip=lambda a, b: a * b < 0,
    every=all,
    stuck=lambda losses: losses[-1] > 0.99 * losses[-11],
):
    """A solution but for the numbers that must be finite, or one of the questions."""

    def diagnose(losses, gradients):
        if not all(map(math.isfinite, numbers(losses, gradients))):
            return "nan"
        if cut(gradients):
            return "cut"
        last = gradients[-window:]
        if every(flip(a, b) for a, b in zip(last, last[1:], strict=False)):
            return "flips"
        return "stuck" if stuck(losses) else "learns"

    return diagnose


def stuck_first(losses, gradients):
    found = doctor()(losses, gradients)
    return "stuck" if found == "flips" and losses[-1] > 0.99 * losses[-11] else found


def makes_up_a_start(losses, patience):
    best, low = 0, 1000.0
    for step, loss in enumerate(losses):
        if loss < low:
            best, low = step, loss
        elif step - best >= patience:
            return best, step + 1
    return best, len(losses)


MUTANTS = {
    "07.1": [
        step(loss_of=lambda errors: Value.sum(e * e for e in errors)),
        step(loss_of=lambda errors: Value.sum(errors) / len(errors)),
        step(loss_of=lambda errors: Value.sum(abs(e) for e in errors) / len(errors)),
        step(loss_of=lambda errors: mean(errors) * 0.5),
        step(loss_of=lambda errors: mean(errors[:4])),
        step(clear=False),
        step(sign=1.0),
        step(scale=2.0),
        step(rebind=True),
        step(returns=lambda loss, after: loss),
        step(returns=lambda loss, after: after().data),
        step(returns=lambda loss, after: None),
        step(returns=lambda loss, after: round(loss.data, 3)),
        clears_afterwards,
        clears_too_early,
        sample_by_sample,
        lambda model, inputs, targets, step_size: (
            mean([model(x) - t for x, t in zip(inputs, targets, strict=True)]).data
        ),
    ],
    "07.2": [
        search(works=lambda losses: losses[-1] < losses[0]),
        search(works=lambda losses: all(map(math.isfinite, losses))),
        search(works=lambda losses: all(map(math.isfinite, losses)) and losses[-1] <= losses[0]),
        search(works=lambda losses: not any(map(math.isnan, losses)) and losses[-1] < losses[0]),
        search(works=lambda losses: not any(map(math.isinf, losses)) and losses[-1] < losses[0]),
        search(works=lambda losses: in_order(losses) and max(losses) == losses[0]),
        search(works=lambda losses: math.isfinite(losses[-1]) and losses[-1] < losses[0]),
        search(works=lambda losses: math.isfinite(losses[-1]) and losses[-1] < losses[1]),
        search(works=lambda losses: in_order(losses) and losses[-1] > 0),
        search(works=lambda losses: all(map(math.isfinite, losses)) and losses[-1] < max(losses)),
        search(works=lambda losses: math.isfinite(sum(losses)) and losses[-1] < losses[0]),
        search(runs=29),
        search(runs=31),
        search(runs=10_000),
        search(by=10.0),
        search(by=3.0),
        search(returns=lambda size: size / 2),
        search(otherwise=0.0),
        search(otherwise=False),
        runs_twice,
        best_of_all,
        lambda run, first: first,
        lambda run, first: 0.25,
    ],
    "07.3": [
        stopping(better=lambda loss, best: loss <= best),
        stopping(wait=lambda since, patience: since > patience),
        stopping(wait=lambda since, patience: since >= patience - 1),
        stopping(seen=lambda step: step),
        stopping(seen=lambda step: step + 2),
        stopping(wait=lambda since, patience: False),
        counts_rises,
        never_forgives,
        sees_everything,
        makes_up_a_start,
        peeks,
        lambda losses, patience: stopping()(losses, patience)[::-1],
        lambda losses, patience: stopping()(losses, patience)[0],
        lambda losses, patience: (min(losses), stopping()(losses, patience)[1]),
    ],
    "07.4": [
        doctor(numbers=lambda losses, gradients: losses),
        doctor(numbers=lambda losses, gradients: gradients),
        doctor(numbers=lambda losses, gradients: (losses[-1], gradients[-1])),
        doctor(numbers=lambda losses, gradients: ()),
        doctor(cut=lambda gradients: any(gradient == 0 for gradient in gradients)),
        doctor(cut=lambda gradients: sum(gradients) == 0),
        doctor(cut=lambda gradients: gradients[-1] == 0),
        doctor(cut=lambda gradients: max(map(abs, gradients)) < 1e-6),
        doctor(cut=lambda gradients: False),
        doctor(window=10),
        doctor(window=12),
        doctor(window=0),
        doctor(flip=lambda a, b: a * b <= 0),
        doctor(flip=lambda a, b: a == -b),
        doctor(flip=lambda a, b: a > b),
        doctor(every=any),
        doctor(stuck=lambda losses: losses[-1] > 0.99 * losses[0]),
        doctor(stuck=lambda losses: losses[-1] > losses[-11]),
        doctor(stuck=lambda losses: losses[-1] > 0.99 * losses[-10]),
        doctor(stuck=lambda losses: losses[-1] >= 0.99 * losses[-11]),
        doctor(stuck=lambda losses: min(losses[-10:]) > 0.99 * losses[-11]),
        doctor(stuck=lambda losses: losses[-1] < 0.99 * losses[-11]),
        doctor(stuck=lambda losses: losses[-1] > 0.99 * max(losses)),
        stuck_first,
        lambda losses, gradients: "learns",
    ],
}
