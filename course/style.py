"""How every figure of the course looks: white and opaque, colours that the colour-blind tell apart, readable sizes.

The palette follows that of Okabe and Ito, which the colour-blind tell apart. Its light colours are darker here, so that
a line stands out from white (a contrast of at least 3), and its red, which looks orange, is Paul Tol's red: a colour
looks as it is called. Line styles and markers come in the same order as the colours, so that nothing is told by colour
alone. In all chapters blue is class 0, or what is right, and red is class 1, or what goes wrong.
"""

import base64
import io
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image
from PIL.PngImagePlugin import PngInfo

SIZE = (7, 3.5)
DPI = 160  # of what is stored; on the page a figure has 100 dots an inch, of which a dense screen shows two for one
COLORS = {
    "blue": "#0072B2",
    "orange": "#B97900",
    "green": "#009E73",
    "red": "#CC3311",
    "purple": "#C0689A",
    "sky": "#2E93CF",
    "black": "#000000",
    "grey": "#767676",
}
LINES = ("blue", "red", "green", "purple", "orange", "black")  # told apart in this order
STYLES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (7, 3)))
MARKERS = ("o", "^", "s", "D", "v", "P")
DARK, GRID = "#262626", "#DDDDDD"


def apply_style() -> None:
    """Make this the style of every figure drawn from now on, and let a notebook show figures that are sharp."""
    show_sharp()
    plt.rcParams.update(
        {
            "figure.figsize": SIZE,
            "figure.constrained_layout.use": True,
            "figure.dpi": 100,
            "savefig.dpi": 100,
            "figure.facecolor": "white",
            "savefig.facecolor": "white",
            "savefig.transparent": False,
            "axes.facecolor": "white",
            "axes.edgecolor": DARK,
            "axes.labelcolor": DARK,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlesize": 12,
            "axes.titleweight": "bold",
            "axes.titlelocation": "left",
            "axes.titlepad": 10,
            "axes.labelsize": 11,
            "axes.grid": True,
            "axes.axisbelow": True,
            "grid.color": GRID,
            "grid.linewidth": 0.8,
            "xtick.color": DARK,
            "ytick.color": DARK,
            "xtick.labelsize": 10,
            "ytick.labelsize": 10,
            "legend.fontsize": 10,
            "legend.frameon": False,
            "lines.linewidth": 2.0,
            "lines.markersize": 6,
            "font.family": "DejaVu Sans",
            "text.color": DARK,
            "image.cmap": "gray",
            "axes.prop_cycle": cycler(color=[COLORS[name] for name in LINES]) + cycler(linestyle=STYLES),
        }
    )


def png(figure: Figure, **how: Any) -> tuple[str, int, int]:
    """Return a figure as a PNG in base64, sharp on dense screens, and its width and height on the page in pixels.

    It has at most 256 colours, which nobody sees, and which makes it as small as one of a third of its dots without.
    """
    file, small = io.BytesIO(), io.BytesIO()
    if how:
        figure.savefig(file, format="png", dpi=DPI, **how)
        image = Image.open(file)
    else:
        image = whole(figure)
    about = PngInfo()
    software = f"Matplotlib version{matplotlib.__version__}, https://matplotlib.org/"  # as Matplotlib itself writes it
    about.add_text("Software", software)  # the tests compare figures of the same version only
    image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(small, format="png", pnginfo=about)
    shown = figure.dpi / DPI
    return base64.b64encode(small.getvalue()).decode(), round(image.width * shown), round(image.height * shown)


def whole(figure: Figure) -> Image.Image:
    """Return the dots of a whole figure, the same as `savefig` writes, which draws it twice where it has a layout."""
    before = figure.dpi
    canvas = FigureCanvasAgg(figure)
    figure.set_dpi(DPI)
    canvas.draw()
    figure.set_dpi(before)
    return Image.fromarray(np.asarray(canvas.buffer_rgba()))


def show_sharp() -> None:
    """Let a notebook show its figures by `png`; the output says how wide one is, so it looks as large as before."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return
    import matplotlib_inline.backend_inline  # noqa: F401 (it sets how figures are shown, and must not do so later)

    def shown(figure: Figure) -> tuple[str, dict[str, int]] | None:
        if not (figure.axes or figure.lines):
            return None
        content, width, height = png(figure, bbox_inches="tight")
        return content, {"width": width, "height": height}

    shell.display_formatter.formatters["image/png"].for_type(Figure, shown)
