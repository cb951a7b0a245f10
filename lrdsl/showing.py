"""What plans and schedules do to be seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# The classes that are shown stand low in the house, and what draws them stands high. So these
# functions ask for it by its name when it is wanted: the one deliberate door upwards.


class Shown:
    """What can be plotted, and shows itself in a notebook."""

    __slots__ = ()

    def plot(self, ax: Axes | None = None, lr: float = 1.0, **style: Any) -> Axes:
        """Draw the rate over the run.

        A schedule is drawn for the run that it settles itself; one that settles none, for 100
        epochs or updates, or more where that is too short.

        Args:
            ax: where to draw; new axes if left out, which a notebook shows.
            lr: the base rate.
            style: of the line, as `matplotlib.axes.Axes.plot` takes it; ``log=True`` makes the
                rate's axis logarithmic.

        Returns:
            The axes, to go on with.

        Raises:
            LrdslError: the run has no end (LR701), or the rate is not finite somewhere (LR502).
            ImportError: matplotlib is not installed.
        """
        axes: Axes = import_module("lrdsl.notebook").plotted(self, ax, lr, **style)
        return axes

    def _repr_html_(self) -> str | None:
        html: str | None = import_module("lrdsl.notebook").as_html(self)
        return html

    def _repr_svg_(self) -> str | None:
        svg: str | None = import_module("lrdsl.notebook").as_svg(self)
        return svg


def plot(
    programs: Shown | str | Iterable[Shown | str] | Mapping[str, Shown | str],
    *,
    labels: Sequence[str] | None = None,
    lr: float = 1.0,
    log: bool = False,
    both: bool = False,
    title: str | None = None,
    size: tuple[float, float] | None = None,
    **run: Any,
) -> Figure:
    """A picture that compares programs.

    Args:
        programs: plans, schedules and texts, one or several, or a dictionary of them by name.
        labels: their names, as many as there are; the programs themselves, if left out.
        lr: the base rate.
        log: whether the rates have a logarithmic axis.
        both: whether there is a linear and a logarithmic panel, side by side.
        title: what stands above.
        size: width and height in inches.
        run: what `lrdsl.compile` takes, for texts and schedules; a plan has its own run. Without
            it they are drawn as `Shown.plot` draws them.

    Returns:
        The figure. A notebook shows it; elsewhere there is its `savefig`.

    Raises:
        LrdslError: a program is wrong, has no end, or is nowhere positive on a logarithmic axis.
        ValueError: there are no programs, or not as many labels.
        ImportError: matplotlib is not installed.
    """
    figure: Figure = import_module("lrdsl.figures").plot(
        programs, labels, lr, run, log=log, both=both, title=title, size=size
    )
    return figure
