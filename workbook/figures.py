"""Figures with alternative text."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PIXELS_PER_INCH = 100


def show(figure: Figure, alt: str) -> None:
    """Display a matplotlib figure as PNG, with ``alt`` as its alternative text, and close it.

    ``alt`` says in words what there is to see. A screen reader speaks it, and it is the plain text of the output, so
    that nbval, which does not look at pictures, compares it.
    """
    # Here, not above: the `workbook` command needs no figures, and importing these takes longer than the rest of it.
    import matplotlib.pyplot as plt
    from IPython.display import display

    png = BytesIO()
    figure.savefig(png, format="png", dpi=PIXELS_PER_INCH, bbox_inches="tight")
    plt.close(figure)
    display({"image/png": png.getvalue(), "text/plain": alt}, metadata={"image/png": {"alt": alt}}, raw=True)
