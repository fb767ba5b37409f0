"""The stage on which a picture moves: buttons, named knobs, a caption, and a strip of stills where nothing can move.

A `Stage` goes through steps. Each step but the first asks its question before it is taken: `Next` shows the question
beside the old picture, and once more `Next` shows the answer and the new picture. Where no kernel runs, as on GitHub,
the same output is a strip: one still for each step, with its answer as caption.

Only what ipywidgets 7 has is used. The number field of a knob has a name that screen readers say, which sliders have
not; the caption is announced when it changes.
"""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any, NamedTuple, Protocol

WIDGET = "application/vnd.jupyter.widget-view+json"
State = Mapping[str, float]
# Less than half of the screen's height leaves room for controls and caption, also when the page is enlarged twice.
SHOWN_SIZE = "max-width: 100%; max-height: 42vh"


class Step(NamedTuple):
    """One step: what is asked before it, what is said after it, and the numbers that the picture then shows.

    Without a question a step follows at once, because the answer before it has asked already.
    """

    question: str
    answer: str
    state: State


class Knob(NamedTuple):
    """What the reader may turn: the number called `key` in the state, under a name in words."""

    name: str
    key: str
    low: float
    high: float
    step: float


class Picture(Protocol):
    """What a stage needs of its picture; `course.moving.plots` has one drawn by Matplotlib."""

    def html(self, state: State, alt: str) -> str:
        """Return the picture as HTML, with its description in it."""

    def strip(self, states: Sequence[State], captions: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return stills in three columns, as the data and the metadata of a notebook's output."""


class Stage:
    """A picture that moves, as a notebook shows it: `widget()` where a kernel runs, else a strip of stills.

    `said` turns a state into a line of numbers, which stands under the caption and changes with the knobs.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        picture: Picture,
        knobs: Sequence[Knob] = (),
        said: Callable[[State], str] | None = None,
    ) -> None:
        self.steps, self.picture, self.knobs, self.said = list(steps), picture, list(knobs), said

    def moments(self) -> list[tuple[str, State, bool]]:
        """Return what is on the screen, in order: a caption, the state shown with it, and whether it is a question."""
        found = [(self.steps[0].answer, self.steps[0].state, False)]
        for before, step in zip(self.steps, self.steps[1:], strict=False):
            found += [(step.question, before.state, True)] if step.question else []
            found.append((step.answer, step.state, False))
        return found

    def alt(self, state: State, caption: str) -> str:
        """Return the description of the picture: its numbers, or else its caption."""
        return self.said(state) if self.said else caption

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        captions = [f"{place}. {step.answer}" for place, step in enumerate(self.steps)]
        data, metadata = self.picture.strip([step.state for step in self.steps], captions)
        try:
            model = self.widget().model_id
        except ImportError:  # without ipywidgets there are the stills
            return data, metadata
        return data | {WIDGET: {"version_major": 2, "version_minor": 0, "model_id": model}}, metadata

    def widget(self) -> Any:
        """Return the controls, the caption and the picture as one widget."""
        import ipywidgets

        moments, state = self.moments(), dict(self.steps[0].state)
        place = Knob("step", "place", 0, len(moments) - 1, 1)
        place_field, place_row = dial(place, 0)
        short = len(self.knobs) > 1  # so that two of them stand beside the buttons on a small screen
        fields, rows = (
            zip(*(dial(knob, state[knob.key], short) for knob in self.knobs), strict=True) if self.knobs else ((), ())
        )
        back, forward = (ipywidgets.Button(description=words, layout={"width": "4.5em"}) for words in ("Back", "Next"))
        caption, picture = ipywidgets.HTML(), ipywidgets.HTML()
        setting = False  # whether the knobs move by themselves, and the picture waits until all have

        def show(change: Any = None) -> None:
            if setting:
                return
            says, shown, is_question = moments[int(place_field.value)]
            now = dict(shown) | {knob.key: field.value for knob, field in zip(self.knobs, fields, strict=True)}
            numbers = self.said(now) if self.said else says
            below = f"<div>{escape(numbers)}</div>" if numbers != says else ""
            weight = "600" if is_question else "400"
            # An alert is announced although it is new in the page; politely, after what is being said.
            live = '<div role="alert" aria-live="polite" style="line-height: 1.4; min-height: 2.8em">'
            caption.value = f'{live}<div style="font-weight: {weight}">{escape(says)}</div>{below}</div>'
            picture.value = self.picture.html(now, self.alt(now, says))

        def go(change: Any) -> None:
            nonlocal setting
            setting = True
            for knob, field in zip(self.knobs, fields, strict=True):
                field.value = moments[int(change["new"])][1][knob.key]
            setting = False
            show()

        def move(by: int) -> None:
            place_field.value = min(max(place_field.value + by, 0), len(moments) - 1)

        back.on_click(lambda _: move(-1))
        forward.on_click(lambda _: move(1))
        place_field.observe(go, names="value")
        for field in fields:
            field.observe(show, names="value")
        show()
        controls = ipywidgets.Box([back, forward, *(rows or [place_row])], layout={"flex_flow": "row wrap"})
        return ipywidgets.VBox([controls, caption, picture])


def dial(knob: Knob, value: float, short: bool = False) -> tuple[Any, Any]:
    """Return a number field with a name, and a row of it and a slider that moves with it."""
    import ipywidgets

    whole = all(float(number).is_integer() for number in (knob.low, knob.high, knob.step))
    text, slider = (
        (ipywidgets.BoundedIntText, ipywidgets.IntSlider)
        if whole
        else (ipywidgets.BoundedFloatText, ipywidgets.FloatSlider)
    )
    kind = int if whole else float
    limits = {"min": kind(knob.low), "max": kind(knob.high), "step": kind(knob.step), "value": kind(value)}
    wide = 0.5 * len(knob.name) + 1  # of the name, in em
    layout, style = {"width": f"{wide + 5:g}em"}, {"description_width": f"{wide:g}em"}
    field = text(description=knob.name, layout=layout, style=style, **limits)
    handle = slider(readout=False, layout={"width": "6em" if short else "12em"}, **limits)
    # A slider in the browser gives 8.9e-16 where it stands at 0.
    ipywidgets.link((field, "value"), (handle, "value"), (lambda turned: turned, lambda slid: round(slid, 6)))
    return field, ipywidgets.HBox([field, handle])
