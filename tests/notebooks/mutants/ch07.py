"""Answers to the exercises of chapter 07: wrong ones, which the checks must catch, and right ones in other styles."""

import itertools
import math

from autograd.scalar import Value

# 07.1


def sgd(
    kept=list,
    move=lambda p, lr: p.data - lr * p.grad,
    clear=lambda p: 0.0,
    after=lambda p: None,
    size=lambda sgd: sgd.lr,
):
    """A solution but for how the parameters are kept, moved and cleared, what happens after a step, or its size."""

    class MySGD:
        def __init__(self, parameters, lr):
            self.parameters, self.lr, self.first = kept(parameters), lr, lr

        def step(self):
            for p in self.parameters:
                p.data = move(p, size(self))
                after(p)

        def zero_grad(self):
            for p in self.parameters:
                p.grad = clear(p)

    return MySGD


def clears(p):
    p.grad = 0.0


class Rebinds(sgd()):
    def step(self):
        self.parameters = [Value(p.data - self.lr * p.grad) for p in self.parameters]


class NewNames(sgd()):
    def step(self):
        for p in self.parameters:
            p = p.data - self.lr * p.grad


class MovesTheFirst(sgd()):
    def step(self):
        p = self.parameters[0]
        p.data -= self.lr * p.grad


class ClearsFirst(sgd()):
    def step(self):
        self.zero_grad()
        super().step()


class ClearsWhenMade(sgd()):
    def __init__(self, parameters, lr):
        super().__init__(parameters, lr)
        self.zero_grad()


class ClearsTheData(sgd()):
    def zero_grad(self):
        for p in self.parameters:
            p.data = 0.0


class Momentum(sgd()):
    def __init__(self, parameters, lr):
        super().__init__(parameters, lr)
        self.speeds = [0.0] * len(self.parameters)

    def step(self):
        for i, p in enumerate(self.parameters):
            self.speeds[i] = 0.9 * self.speeds[i] + p.grad
            p.data -= self.lr * self.speeds[i]


class SharedList(sgd()):
    shared = []

    def __init__(self, parameters, lr):
        self.shared.extend(parameters)
        self.parameters, self.lr = self.shared, lr


class UsesUpTheList(sgd()):
    def __init__(self, parameters, lr):
        self.parameters, self.lr = [], lr
        if isinstance(parameters, list):
            while parameters:
                self.parameters.append(parameters.pop())
        else:
            self.parameters = list(parameters)


class InTuples:
    """Right: a tuple, and names of its own."""

    def __init__(self, parameters, lr):
        self.moved, self.lr = tuple(parameters), lr

    def step(self):
        for p in self.moved:
            p.data += p.grad * -self.lr

    def zero_grad(self):
        for p in self.moved:
            p.grad = 0


class WithAProperty(sgd()):
    """Right: lr is a property."""

    def __init__(self, parameters, lr):
        self.all = [*parameters]
        self.rate = lr

    lr = property(lambda self: self.rate, lambda self, lr: setattr(self, "rate", lr))
    parameters = property(lambda self: iter(self.all))


# 07.2


def loop(
    clear=True,
    first=True,
    stops=lambda loss: not math.isfinite(loss.data),
    notes=True,
    early=False,
    value=lambda loss: loss.data,
    turns=lambda steps: range(steps),
    again=False,
    result=lambda losses: losses,
):
    """A solution but for the clearing, what stops it and when, what it notes, how often it runs, or what it returns."""

    def fit(loss_of, optimizer, steps):
        losses = []
        for _ in turns(steps):
            loss = loss_of()
            if not early and stops(loss):
                if notes:
                    losses.append(value(loss))
                break
            if clear and first:
                optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if clear and not first:
                optimizer.zero_grad()
            losses.append(value(loss_of() if again else loss))
            if early and stops(loss):
                break
        return result(losses)

    return fit


def clears_between(loss_of, optimizer, steps):
    losses = []
    for _ in range(steps):
        loss = loss_of()
        losses.append(loss.data)
        if not math.isfinite(loss.data):
            break
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
    return losses


def one_graph(loss_of, optimizer, steps):
    loss, losses = loss_of(), []
    for _ in range(steps):
        losses.append(loss.data)
        if not math.isfinite(loss.data):
            break
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses


def raises_at_the_end(loss_of, optimizer, steps):
    losses = loop()(loss_of, optimizer, steps)
    if losses and not math.isfinite(losses[-1]):
        raise FloatingPointError("the loss is not finite")
    return losses


def walrus(loss_of, optimizer, steps):
    """Right: the loss before the test, a while loop, clearing at the start and after each step."""
    losses = []
    optimizer.zero_grad()
    while len(losses) < steps:
        losses.append((loss := loss_of()).data)
        if losses[-1] - losses[-1] != 0:
            return losses
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return losses


def from_a_generator(loss_of, optimizer, steps):
    """Right: a generator of losses, which a list collects."""

    def run():
        for _ in range(steps):
            loss = loss_of()
            yield loss.data
            if math.isnan(loss.data) or math.isinf(loss.data):
                return
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return list(run())


def recursive(loss_of, optimizer, steps):
    """Right: the first step, and the rest; a tuple."""
    if steps == 0:
        return ()
    loss = loss_of()
    if not math.isfinite(loss.data):
        return (loss.data,)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return (loss.data, *recursive(loss_of, optimizer, steps - 1))


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
    done=lambda losses: losses[-1] <= losses[0] / 1000,
    done_first=False,
):
    """A solution but for the numbers that must be finite, or one of the questions."""

    def diagnose(losses, gradients):
        if not all(map(math.isfinite, numbers(losses, gradients))):
            return "nan"
        if cut(gradients):
            return "cut"
        if done_first and done(losses):
            return "done"
        last = gradients[-window:]
        if every(flip(a, b) for a, b in zip(last, last[1:], strict=False)):
            return "flips"
        if done(losses):
            return "done"
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


def by_a_stream(losses, patience):
    """Right: counts the losses since the best, with an iterator."""
    stream, best, since = enumerate(losses), 0, 0
    lowest = next(stream)[1]
    for i, loss in stream:
        if loss < lowest:
            best, lowest, since = i, loss, 0
        else:
            since += 1
        if since == patience:
            return [best, i + 1]
    return [best, len(losses)]


def by_slices(losses, patience):
    """Right: at each end, asks whether any of the last few is lower than all before."""
    for seen in range(patience + 1, len(losses) + 1):
        if min(losses[seen - patience : seen]) >= min(losses[: seen - patience]):
            break
    else:
        seen = len(losses)
    return min(range(seen), key=losses.__getitem__), seen


def by_signs(losses, gradients):
    """Right: signs by comparison, a chain of conditions, pairs by itertools."""
    if any(math.isnan(x) or math.isinf(x) for x in itertools.chain(losses, gradients)):
        return "nan"
    signs = [(g > 0) - (g < 0) for g in gradients[-11:]]
    if set(gradients) == {0}:
        return "cut"
    if [a * b for a, b in itertools.pairwise(signs)] == [-1] * 10:
        return "flips"
    if 1000 * losses[-1] <= losses[0]:
        return "done"
    return "learns" if losses[-1] <= 0.99 * losses[-11] else "stuck"


def by_a_table(losses, gradients):
    """Right: questions in a table, the first that says yes."""
    last = gradients[-11:]
    questions = {
        "nan": lambda: not all(x - x == 0 for x in losses + gradients),
        "cut": lambda: all(g == 0 for g in gradients),
        "flips": lambda: sum(min(a, b) < 0 < max(a, b) for a, b in zip(last, last[1:], strict=False)) == 10,
        "done": lambda: losses[-1] <= losses[0] * 0.001,
        "stuck": lambda: losses[-1] > 0.99 * losses[-11],
    }
    return next((word for word, asks in questions.items() if asks()), "learns")


MUTANTS = {
    "07.1": [
        sgd(kept=lambda parameters: parameters),
        sgd(kept=iter),
        sgd(kept=lambda parameters: list(parameters)[1:]),
        sgd(move=lambda p, lr: p.data + lr * p.grad),
        sgd(move=lambda p, lr: p.data - p.grad),
        sgd(move=lambda p, lr: p.data - lr),
        sgd(move=lambda p, lr: -lr * p.grad),
        sgd(move=lambda p, lr: p.data),
        sgd(move=lambda p, lr: Value(p.data - lr * p.grad)),
        sgd(move=lambda p, lr: p.data - lr * (p.grad > 0) + lr * (p.grad < 0)),
        sgd(clear=lambda p: p.grad),
        sgd(clear=lambda p: None),
        sgd(clear=lambda p: Value(0.0)),
        sgd(after=clears),
        sgd(size=lambda sgd: sgd.first),
        sgd(size=lambda sgd: 0.1),
        Rebinds,
        NewNames,
        MovesTheFirst,
        ClearsFirst,
        ClearsWhenMade,
        ClearsTheData,
        Momentum,
        SharedList,
        UsesUpTheList,
        lambda parameters, lr: sgd()(parameters, lr),
    ],
    "07.2": [
        loop(clear=False),
        loop(first=False),
        loop(stops=lambda loss: False),
        loop(stops=lambda loss: math.isnan(loss.data)),
        loop(stops=lambda loss: math.isinf(loss.data)),
        loop(stops=lambda loss: loss.data == math.inf or math.isnan(loss.data)),
        loop(stops=lambda loss: not loss.data < 1e300),
        loop(stops=lambda loss: not 0 < loss.data < 1.5),
        loop(notes=False),
        loop(early=True),
        loop(value=lambda loss: loss),
        loop(value=lambda loss: round(loss.data, 3)),
        loop(turns=lambda steps: range(steps + 1)),
        loop(turns=lambda steps: range(1, steps)),
        loop(again=True),
        loop(result=lambda losses: losses[-1] if losses else None),
        loop(result=lambda losses: None),
        loop(result=iter),
        clears_between,
        one_graph,
        raises_at_the_end,
    ],
    "07.3": [
        stopping(better=lambda loss, best: loss < 0.9999 * best),
        stopping(better=lambda loss, best: loss < best - 1e-6),
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
        doctor(flip=lambda a, b: (a > 0) != (b > 0)),
        doctor(flip=lambda a, b: (a < 0) != (b < 0)),
        doctor(flip=lambda a, b: math.copysign(1, a) != math.copysign(1, b)),
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
        doctor(stuck=lambda losses: 0.99 * losses[-11] < losses[-1] < 1.01 * losses[-11]),
        doctor(stuck=lambda losses: losses[-1] == losses[-11]),
        doctor(done=lambda losses: False),
        doctor(done=lambda losses: losses[-1] < losses[0] / 1000),
        doctor(done=lambda losses: losses[-1] <= max(losses) / 1000),
        doctor(done=lambda losses: min(losses) <= losses[0] / 1000),
        doctor(done=lambda losses: losses[-1] < 1e-3),
        doctor(done=lambda losses: losses[-1] <= losses[0] / 100),
        doctor(done_first=True),
        stuck_first,
        lambda losses, gradients: "learns",
    ],
}

RIGHT = {
    "07.1": [sgd(), InTuples, WithAProperty],
    "07.2": [loop(), walrus, from_a_generator, recursive],
    "07.3": [stopping(), by_a_stream, by_slices],
    "07.4": [doctor(), by_signs, by_a_table],
}

# What the message to some of the wrong answers has to say.
SAYS = {ClearsWhenMade: "Making an optimizer moves and clears nothing"}
