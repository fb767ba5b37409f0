"""Wrong answers to the exercises of chapter 01: mistakes that readers make, and that the checks must catch."""

import math


def forward(f, x, h):
    return (f(x + h) - f(x)) / h


def backward(f, x, h):
    return (f(x) - f(x - h)) / h


def width_h(f, x, h):
    return (f(x + h) - f(x - h)) / h


def without_brackets(f, x, h):
    return (f(x + h) - f(x - h)) / 2 * h


def turned_sign(f, x, h):
    return (f(x - h) - f(x + h)) / (2 * h)


def not_divided(f, x, h):
    return f(x + h) - f(x - h)


def own_nudge(f, x, h):
    return (f(x + 1e-6) - f(x - 1e-6)) / 2e-6


def half_nudges(f, x, h):
    return (f(x + h / 2) - f(x - h / 2)) / h


def as_text(f, x, h):
    return f"{(f(x + h) - f(x - h)) / (2 * h):.3f}"


def gradient_that_changes_the_point(f, point, h):
    slopes = []
    for i in range(len(point)):
        point[i] += h
        up = f(point)
        point[i] -= 2 * h
        slopes.append((up - f(point)) / (2 * h))
    return slopes


def gradient_forward(f, point, h):
    return [(f([*point[:i], x + h, *point[i + 1 :]]) - f(point)) / h for i, x in enumerate(point)]


def gradient_nudging_all(f, point, h):
    slope = (f([x + h for x in point]) - f([x - h for x in point])) / (2 * h)
    return [slope] * len(point)


def gradient_never_puts_back(f, point, h):
    up, down, slopes = list(point), list(point), []
    for i in range(len(point)):
        up[i] += h
        down[i] -= h
        slopes.append((f(up) - f(down)) / (2 * h))
    return slopes


def gradient_first_only(f, point, h):
    return (f([point[0] + h, *point[1:]]) - f([point[0] - h, *point[1:]])) / (2 * h)


def gradient_of_two_knobs(f, point, h):
    a, b = point
    return [(f([a + h, b]) - f([a - h, b])) / (2 * h), (f([a, b + h]) - f([a, b - h])) / (2 * h)]


def gradient_reversed(f, point, h):
    def slope(i):
        up, down = list(point), list(point)
        up[i] += h
        down[i] -= h
        return (f(up) - f(down)) / (2 * h)

    return [slope(i) for i in reversed(range(len(point)))]


def ascends(slope, start, step_size, steps):
    path = [start]
    for _ in range(steps):
        path.append(path[-1] + step_size * slope(path[-1]))
    return path


def without_start(slope, start, step_size, steps):
    path, x = [], start
    for _ in range(steps):
        x = x - step_size * slope(x)
        path.append(x)
    return path


def one_step_too_few(slope, start, step_size, steps):
    path = [start]
    for _ in range(steps - 1):
        path.append(path[-1] - step_size * slope(path[-1]))
    return path


def only_the_end(slope, start, step_size, steps):
    for _ in range(steps):
        start = start - step_size * slope(start)
    return start


def first_slope_for_ever(slope, start, step_size, steps):
    first = slope(start)
    return [start - i * step_size * first for i in range(steps + 1)]


def sign_only(slope, start, step_size, steps):
    path = [start]
    for _ in range(steps):
        path.append(path[-1] - math.copysign(step_size, slope(path[-1])))
    return path


def slope_called_twice(slope, start, step_size, steps):
    path = [start]
    for _ in range(steps):
        slope(path[-1])
        path.append(path[-1] - step_size * slope(path[-1]))
    return path


def fixed_nudge(f, x):
    return (f(x + 1e-5) - f(x - 1e-5)) / 2e-5


def tiny_nudge(f, x):
    return (f(x + 1e-12) - f(x - 1e-12)) / 2e-12


def forward_scaled(f, x):
    h = 2.0**-26 * max(1.0, abs(x))
    return (f(x + h) - f(x)) / h


def purely_relative(f, x):
    h = 1e-5 * abs(x)
    return (f(x + h) - f(x - h)) / (2 * h)


def too_wide(f, x):
    h = 1e-2 * max(1.0, abs(x))
    return (f(x + h) - f(x - h)) / (2 * h)


def many_calls(f, x):
    h = 2.0**-17 * max(1.0, abs(x))
    return sum((f(x + h) - f(x - h)) / (2 * h) for _ in range(10)) / 10


MUTANTS = {
    "01.1": [
        forward,
        backward,
        width_h,
        without_brackets,
        turned_sign,
        not_divided,
        own_nudge,
        half_nudges,
        as_text,
    ],
    "01.2": [
        gradient_that_changes_the_point,
        gradient_forward,
        gradient_nudging_all,
        gradient_never_puts_back,
        gradient_first_only,
        gradient_of_two_knobs,
        gradient_reversed,
    ],
    "01.3": [
        ascends,
        without_start,
        one_step_too_few,
        only_the_end,
        first_slope_for_ever,
        sign_only,
        slope_called_twice,
    ],
    "01.4": [fixed_nudge, tiny_nudge, forward_scaled, purely_relative, too_wide, many_calls],
}
