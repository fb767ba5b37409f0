"""Chapter 19: a word of a sentence asks all words up to its own place, and shares its attention among them."""

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from course.moving.plots import Plot
from course.moving.softmax_twice import softmax
from course.moving.stage import Knob, Stage, State, Step
from course.style import COLORS, DARK

WORDS = ("the", "cat", "saw", "the", "dog", "so", "it", "ran")
ASPECTS = ("article", "thing", "deed", "link")
# Vectors made by hand: what each word offers, its key, and what it looks for, its query, in the order of ASPECTS.
OFFERED = {
    "the": (2, 0, 0, 0),
    "cat": (0, 2, 0, 0),
    "saw": (0, 0, 3, 0),
    "dog": (0, 3, 0, 0),
    "so": (0, 0, 0, 2),
    "it": (0, 1, 0, 0),
    "ran": (0, 0, 2, 0),
}
SOUGHT = {
    "the": (0, 2, 0, 0),
    "cat": (2, 0, 0, 0),
    "saw": (0, 2, 0, 0),
    "dog": (2, 0, 0, 0),
    "so": (0, 1, 1, 0),
    "it": (0, 2, 0, 0),
    "ran": (0, 2, 0, 1),
}
KEYS = np.array([OFFERED[word] for word in WORDS], float)
QUERIES = np.array([SOUGHT[word] for word in WORDS], float)
ROOT = len(ASPECTS) ** 0.5
SCORED, MASKED, WEIGHED = range(3)  # how far the picture has come
# What is asked, and then the place of the query, the divisor, and how far the picture has come.
STEPS = [
    ("", 2, ROOT, SCORED),
    ("The word saw must not look ahead. Which scores go, and what takes their place?", 2, ROOT, MASKED),
    ("Softmax makes weights of them. Which word gets most, and what does saw itself get?", 2, ROOT, WEIGHED),
    ("The word it asks for the same as saw, at its own place. Which word gets most now?", 6, ROOT, WEIGHED),
    (f"The scores are not divided by √d = {ROOT:g} any more. Which weights grow, and which shrink?", 6, 1, WEIGHED),
    ("They are divided by 20. What do the weights come close to?", 6, 20, WEIGHED),
]


def attended(query: int, divisor: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the scores of a query with all keys, the same with −inf at later places, and the weights of these."""
    scores = KEYS @ QUERIES[query] / divisor
    masked = np.where(np.arange(len(WORDS)) > query, -np.inf, scores)
    return scores, masked, softmax(masked)


def attention() -> Stage:
    """Let a word ask for others: its scores with all keys, the mask, and the weights, for other words and divisors.

    A chapter says before it: *In the next picture a word of a sentence asks: its query q meets the key of each word.
    Keys and queries were made by hand. Say before each press of Next which words will get the largest weights.*
    """

    def of(state: State) -> tuple[int, float]:
        return int(state["query"]), float(state["divisor"])

    def said(state: State) -> str:
        query, divisor = of(state)
        scores, masked, weights = attended(query, divisor)
        start = f"Query {WORDS[query]}, place {query}, divisor {divisor:g}"
        rest = "" if query == len(WORDS) - 1 else "; all later words "
        if state["stage"] == WEIGHED:
            return f"{start}. Weights: {listed(weights[: query + 1], share)}{rest and rest + '0'}."
        if state["stage"] == MASKED:
            return f"{start}. Scores: {listed(masked[: query + 1], short)}{rest and rest + '−∞'}."
        return f"{start}. Scores: {listed(scores, short)}."

    def paint(figure: FigureBase, state: State, small: bool) -> None:
        query, divisor = of(state)
        scores, masked, weights = attended(query, divisor)
        ax, stage, size = figure.subplots(), state["stage"], 6.5 if small else 10.5
        words = {"ha": "center", "va": "center", "fontsize": size}
        names = {"ha": "right", "va": "center", "fontsize": size}
        hidden = stage >= MASKED
        for place, word in enumerate(WORDS):
            draw_word(ax, place, word, query, hidden and place > query, small)
            shown = (scores if stage == SCORED else masked)[place]
            gone = np.isinf(shown)
            draw_square(ax, place, 5.4, "−∞" if gone else short(shown), gone, small)
        for row, aspect in enumerate(ASPECTS, 1):
            ax.text(-1.55, row, aspect, **names)
            number = QUERIES[query, row - 1]
            ax.text(-1, row, f"{number:g}", **words, weight="bold" if number else "normal", color=COLORS["red"])
        ax.add_patch(Rectangle((-1.4, 0.5), 0.8, 4, fill=False, edgecolor=COLORS["red"], linewidth=1 if small else 2))
        ax.text(-1, 0, "q", **words, weight="bold", color=COLORS["red"])
        ax.text(-0.65, 5.4, "score" if small else f"q · k / {divisor:g}", **names)
        if stage == WEIGHED:
            draw_weights(ax, weights, query, small)
            ax.text(-0.65, 8.3, "weight", **names)
        ax.set(xlim=(-3.2, len(WORDS) - 0.4), ylim=(8.8, -2.2))
        ax.axis("off")

    steps = []
    for question, query, divisor, stage in STEPS:
        state = {"query": query, "divisor": divisor, "stage": stage}
        steps.append(Step(question, said(state), state))
    knobs = [Knob("query", "query", 0, len(WORDS) - 1, 1), Knob("divisor", "divisor", 0.5, 20, 0.5)]
    return Stage(steps, Plot(paint, size=(7.0, 3.2), still=(3.0, 2.1)), knobs, said)


def short(score: float) -> str:
    """Return a score with as few places as can be."""
    return f"{score:.2g}"


def share(weight: float) -> str:
    """Return a weight to two places; a small one is never written as 0, which only the mask makes."""
    return f"{weight:.2f}" if weight >= 0.005 else "≈0"


def listed(numbers: np.ndarray, written: Callable[[float], str]) -> str:
    return ", ".join(f"{word} {written(number)}" for word, number in zip(WORDS, numbers, strict=False))


def draw_word(ax: Axes, place: int, word: str, query: int, hidden: bool, small: bool) -> None:
    """Draw a word and its key below it; grey and slanted if it is hidden, and the one that asks in a red frame."""
    looks = {"ha": "center", "va": "center", "fontsize": 6.5 if small else 10.5}
    looks |= {"color": COLORS["grey"], "style": "italic"} if hidden else {"color": DARK}
    asks = place == query
    ax.text(place, 0, word, weight="bold" if asks else "normal", **looks)
    if asks:
        frame = {"fill": False, "edgecolor": COLORS["red"], "linewidth": 1.2 if small else 2.5}
        ax.add_patch(Rectangle((place - 0.45, -0.42), 0.9, 0.84, **frame))
    for row, number in enumerate(KEYS[place], 1):
        ax.text(place, row, f"{number:g}", weight="bold" if number and not hidden else "normal", **looks)
    style = (0, (3, 2)) if hidden else "-"
    frame = {"fill": False, "edgecolor": COLORS["grey"], "linestyle": style, "linewidth": 0.5 if small else 1}
    ax.add_patch(Rectangle((place - 0.4, 0.5), 0.8, 4, **frame))


def draw_square(ax: Axes, place: int, height: float, words: str, gone: bool, small: bool) -> None:
    """Draw a score; one that is gone has stripes and a dashed frame."""
    looks = {"facecolor": "#cfe3f2", "edgecolor": DARK, "linewidth": 0.5 if small else 1}
    if gone:
        looks |= {"facecolor": "white", "edgecolor": "#b8b8b8", "linestyle": (0, (3, 2))}
    ax.add_patch(Rectangle((place - 0.45, height - 0.4), 0.9, 0.8, **looks))
    ink = COLORS["grey"] if gone else DARK
    ax.text(place, height, words, ha="center", va="center", fontsize=6.5 if small else 10.5, color=ink)


def draw_weights(ax: Axes, weights: np.ndarray, query: int, small: bool) -> None:
    """Draw each weight as a bar with its number, and as a link, as thick, from the word that asks to an earlier one."""
    floor, seen, size = 7.8, weights[: query + 1], 6.5 if small else 10.5
    ax.bar(range(query + 1), -1.6 * seen, 0.6, bottom=floor, color=COLORS["blue"], edgecolor=DARK, linewidth=0.5)
    ax.plot([-0.45, len(WORDS) - 0.55], [floor, floor], color=DARK, linewidth=0.5 if small else 1)
    for place, weight in enumerate(weights):
        looks = {"weight": "bold"} if weight == weights.max() else {}
        looks |= {"style": "italic", "color": COLORS["grey"]} if place > query else {}
        number = share(weight) if place <= query else "0"
        ax.text(place, 8.3, number, ha="center", va="center", fontsize=size, **looks)
    for place, weight in enumerate(weights[:query]):
        width = 0.3 + 3.5 * weight if small else 0.6 + 8 * weight
        top = 2 * (0.3 + 0.16 * (query - place))  # of the control point: the link rises half as high
        way = [(query, -0.5), ((query + place) / 2, -0.5 - top), (place, -0.5)]
        curve = Path(way, [Path.MOVETO, Path.CURVE3, Path.CURVE3])
        ax.add_patch(PathPatch(curve, fill=False, edgecolor=COLORS["blue"], linewidth=width))
