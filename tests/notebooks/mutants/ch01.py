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


def wrong_brackets(f, x, h):
    return f(x + h) - f(x - h) / (2 * h)


def size_only(f, x, h):
    return abs(f(x + h) - f(x - h)) / (2 * h)


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


def gradient_times_h(f, point, h):
    return [slope * h / 2 for slope in gradient_twice_the_slope(f, point, h)]


def gradient_twice_the_slope(f, point, h):
    up = [f([*point[:i], x + h, *point[i + 1 :]]) for i, x in enumerate(point)]
    down = [f([*point[:i], x - h, *point[i + 1 :]]) for i, x in enumerate(point)]
    return [(a - b) / h for a, b in zip(up, down, strict=True)]


def step(point, step_size, slopes):
    return [x - step_size * slope for x, slope in zip(point, slopes, strict=True)]


def ascends(slopes_at, start, step_size, steps):
    path = [start]
    for _ in range(steps):
        path.append(step(path[-1], -step_size, slopes_at(path[-1])))
    return path


def without_start(slopes_at, start, step_size, steps):
    path, point = [], start
    for _ in range(steps):
        point = step(point, step_size, slopes_at(point))
        path.append(point)
    return path


def one_step_too_few(slopes_at, start, step_size, steps):
    path = [start]
    for _ in range(steps - 1):
        path.append(step(path[-1], step_size, slopes_at(path[-1])))
    return path


def only_the_end(slopes_at, start, step_size, steps):
    for _ in range(steps):
        start = step(start, step_size, slopes_at(start))
    return start


def first_slopes_for_ever(slopes_at, start, step_size, steps):
    path, slopes = [start], slopes_at(start)
    for _ in range(steps):
        path.append(step(path[-1], step_size, slopes))
    return path


def sign_only(slopes_at, start, step_size, steps):
    path = [start]
    for _ in range(steps):
        path.append(step(path[-1], step_size, [math.copysign(1, slope) for slope in slopes_at(path[-1])]))
    return path


def slopes_called_for_each_knob(slopes_at, start, step_size, steps):
    path = [start]
    for _ in range(steps):
        path.append([x - step_size * slopes_at(path[-1])[i] for i, x in enumerate(path[-1])])
    return path


def one_list_for_all_places(slopes_at, start, step_size, steps):
    point = list(start)
    path = [point]
    for _ in range(steps):
        for i, slope in enumerate(slopes_at(point)):
            point[i] -= step_size * slope
        path.append(point)
    return path


def moves_start(slopes_at, start, step_size, steps):
    path = [start]
    for _ in range(steps):
        for i, slope in enumerate(slopes_at(start)):
            start[i] -= step_size * slope
        path.append(list(start))
    return path


def first_knob_only(slopes_at, start, step_size, steps):
    path = [start]
    for _ in range(steps):
        point = list(path[-1])
        point[0] -= step_size * slopes_at(point)[0]
        path.append(point)
    return path


def fixed_nudge(f, x, scale):
    return (f(x + 1e-5) - f(x - 1e-5)) / 2e-5


def tiny_nudge(f, x, scale):
    h = 1e-12 * scale
    return (f(x + h) - f(x - h)) / (2 * h)


def lost_nudge(f, x, scale):
    h = 1e-18 * scale
    return (f(x + h) - f(x - h)) / (2 * h)


def forward_scaled(f, x, scale):
    h = 2.0**-26 * scale
    return (f(x + h) - f(x)) / h


def grows_with_x(f, x, scale):
    h = 2.0**-17 * max(1.0, abs(x))
    return (f(x + h) - f(x - h)) / (2 * h)


def somewhat_too_wide(f, x, scale):
    h = 1e-4 * scale
    above, below = x + h, x - h
    return (f(above) - f(below)) / (above - below)


def complex_step(f, x, scale):
    return f(complex(x, 1e-20)).imag / 1e-20


def width_assumed(f, x, scale):
    h = 6e-6 * scale
    return (f(x + h) - f(x - h)) / (2 * h)


def many_calls(f, x, scale):
    h = 2.0**-17 * scale
    above, below = x + h, x - h
    return sum((f(above) - f(below)) / (above - below) for _ in range(10)) / 10


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
        wrong_brackets,
        size_only,
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
        gradient_twice_the_slope,
        gradient_times_h,
    ],
    "01.3": [
        ascends,
        without_start,
        one_step_too_few,
        only_the_end,
        first_slopes_for_ever,
        sign_only,
        slopes_called_for_each_knob,
        one_list_for_all_places,
        moves_start,
        first_knob_only,
    ],
    "01.4": [
        fixed_nudge,
        tiny_nudge,
        lost_nudge,
        forward_scaled,
        grows_with_x,
        somewhat_too_wide,
        complex_step,
        width_assumed,
        many_calls,
    ],
}

# What the message to a wrong answer has to say.
SAYS = {
    forward: "the forward difference",
    backward: "the backward difference",
    width_h: "2 * h apart, not h",
    without_brackets: "a / 2 * h divides by 2",
    own_nudge: "x - h = 1.5 and x + h = 2.5",
    turned_sign: "The size is right",
    wrong_brackets: "called at the two right points",
    size_only: "The size is right",
    as_text: "a string",
    gradient_that_changes_the_point: "changed its argument",
    gradient_forward: "forward differences",
    gradient_nudging_all: "2 knobs were turned at once",
    gradient_never_puts_back: "2 knobs were turned at once",
    gradient_reversed: "opposite order",
    gradient_twice_the_slope: "twice the slope",
    gradient_times_h: "called at the right points",
    ascends: "uphill",
    without_start: "5 items",
    only_the_end: "1 item",
    first_slopes_for_ever: "the place reached last",
    sign_only: "The first step is wrong",
    slopes_called_for_each_knob: "8 times in 4 steps",
    one_list_for_all_places: "one and the same list",
    moves_start: "changed its argument",
    first_knob_only: "The first step is wrong",
    fixed_nudge: "left arm",
    tiny_nudge: "left arm",
    lost_nudge: "at x only",
    forward_scaled: "on one side of x",
    grows_with_x: "right arm",
    somewhat_too_wide: "right arm",
    complex_step: "complex",
    width_assumed: "divided by another number",
    many_calls: "20 times",
}


def central_by_true_width(f, x, h):
    above, below = x + h, x - h
    return (f(above) - f(below)) / (above - below)


def central_as_mean_of_two(f, x, h):
    here = f(x)
    return ((f(x + h) - here) / h + (here - f(x - h)) / h) / 2


def gradient_by_comprehension(f, point, h):
    def along(i):
        return lambda t: f([x + t * (i == j) for j, x in enumerate(point)])

    return [central_by_true_width(along(i), 0.0, h) for i in range(len(point))]


def gradient_that_puts_back(f, point, h):
    point, slopes = list(point), []
    for i, x in enumerate(point):
        point[i] = x + h
        above = f(point)
        point[i] = x - h
        slopes.append((above - f(point)) / (2 * h))
        point[i] = x
    return tuple(slopes)


def descend_by_recursion(slopes_at, start, step_size, steps):
    if steps == 0:
        return [start]
    return [start, *descend_by_recursion(slopes_at, step(start, step_size, slopes_at(start)), step_size, steps - 1)]


def descend_in_tuples(slopes_at, start, step_size, steps):
    point = tuple(start)
    path = [point]
    for _ in range(steps):
        point = tuple(step(point, step_size, slopes_at(point)))
        path += [point]
    return tuple(path)


def descend_with_numpy(slopes_at, start, step_size, steps):
    import numpy as np

    path = [np.array(start)]
    for _ in range(steps):
        path.append(path[-1] - step_size * np.array(slopes_at(path[-1])))
    return path


def power_of_two(f, x, scale):
    h = 2.0 ** round(math.log2(6e-6 * scale))
    return (f(x + h) - f(x - h)) / (2 * h)


def nudge_that_exists(f, x, scale):
    h = (x + 6e-6 * scale) - x
    return (f(x + h) - f(x - h)) / (2 * h)


def five_points(f, x, scale):
    h = 2.0 ** round(math.log2(1e-3 * scale))
    return (f(x - 2 * h) - 8 * f(x - h) + 8 * f(x + h) - f(x + 2 * h)) / (12 * h)


RIGHT = {
    "01.1": [central_by_true_width, central_as_mean_of_two],
    "01.2": [gradient_by_comprehension, gradient_that_puts_back],
    "01.3": [descend_by_recursion, descend_in_tuples, descend_with_numpy],
    "01.4": [power_of_two, nudge_that_exists, five_points],
}
