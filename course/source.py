"""Shows the package's own source in a notebook."""

import inspect
import textwrap

from course.derivative_source import parts


def show_source(thing: object) -> None:
    """Show the source of a function, class or module of the package as highlighted code.

    In a notebook the output is Markdown, without addresses or line numbers, so it is the same on every machine;
    elsewhere the source is printed. A property or a wrapped function shows the function underneath; an operation on
    tensors also shows its entry of the derivative table.
    """
    if isinstance(thing, property):
        thing = thing.fget
    thing = inspect.unwrap(thing) if callable(thing) else thing
    try:
        text = "\n\n".join(parts(thing)) or textwrap.dedent(inspect.getsource(thing)).rstrip()
    except (TypeError, OSError) as error:
        raise TypeError(
            f"show_source needs a function, class or module written in Python, not {type(thing).__name__}"
        ) from error
    try:
        from IPython import get_ipython
        from IPython.display import Markdown, display
    except ImportError:
        get_ipython = None
    if get_ipython is None or get_ipython() is None:
        print(text)
    else:
        display(Markdown(f"```python\n{text}\n```"))
