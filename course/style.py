"""How every figure of the course looks: white and opaque, colours that the colour-blind tell apart, readable sizes.

The palette is Okabe and Ito's. Line styles and markers come in the same order as the colours, so that nothing is told
by colour alone.
"""

import matplotlib.pyplot as plt
from cycler import cycler

SIZE = (7, 3.5)
COLORS = {
    "blue": "#0072B2",
    "orange": "#E69F00",
    "green": "#009E73",
    "red": "#D55E00",
    "purple": "#CC79A7",
    "sky": "#56B4E9",
    "yellow": "#F0E442",
    "black": "#000000",
    "grey": "#767676",
}
LINES = ("blue", "red", "green", "purple", "orange", "black")  # told apart in this order
STYLES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (7, 3)))
MARKERS = ("o", "^", "s", "D", "v", "P")
DARK, GRID = "#262626", "#DDDDDD"


def apply_style() -> None:
    """Make this the style of every figure drawn from now on."""
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
