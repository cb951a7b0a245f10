"""How plans and schedules show themselves in a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any

from lrdsl import captions
from lrdsl.algebra import Schedule
from lrdsl.curves import Curve
from lrdsl.diagnostics import LrdslError
from lrdsl.nominal import plan_to_show, seen
from lrdsl.plan import Plan

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plotted(what: Plan | Schedule, axes: Axes | None, lr: float, **style: Any) -> Axes:
    """What `lrdsl.showing.Shown.plot` does."""
    from lrdsl.figures import onto

    plan, _ = plan_to_show(what)
    return onto(seen(plan, lr), axes, **style)


def as_svg(what: Plan | Schedule) -> str | None:
    """The picture alone; None where there is nothing to draw, or nothing to draw it with."""
    found = _curve(what)
    return None if found is None else _svg(found[0].plan)


def as_html(what: Plan | Schedule) -> str | None:
    """Program, run, picture, segments and read-outs; None where there is nothing to draw.

    Where matplotlib is missing the curve is drawn in characters.
    """
    found = _curve(what)
    if found is None:
        return None
    curve, made_up = found
    return "\n".join(_parts(curve, made_up))


def _curve(what: Plan | Schedule) -> tuple[Curve, bool] | None:
    try:
        plan, made_up = plan_to_show(what)
        return seen(plan, 1.0), made_up
    except LrdslError:  # a text says what it is; an error would bury it
        return None


@lru_cache(maxsize=16)  # a notebook asks for the page and for the picture
def _svg(plan: Plan) -> str | None:
    try:
        from lrdsl.figures import figure
    except ImportError:
        return None
    return figure([seen(plan, 1.0)], title="").data("svg").decode()


def _parts(curve: Curve, made_up: bool) -> Iterator[str]:
    plan = curve.plan
    run = captions.described(plan.run)
    yield '<div style="max-width: 60em">'
    yield f"<div><b><code>{escape(plan.program)}</code></b></div>"
    yield f"<div>{'drawn for a run of ' if made_up else ''}{escape(run)}, lr = {curve.lr:g}</div>"
    svg = _svg(plan)
    if svg is None:
        from lrdsl import view

        yield f'<pre style="line-height: 1.1">{escape(view.drawn(curve))}</pre>'
    else:
        yield _inline(svg)
    yield from _segments(curve)
    if curve.is_noisy:
        yield "<div>(noise left out)</div>"
    yield from _table([], ([n, v, p] for n, v, p in captions.readings(curve)), right=(1,))
    yield "</div>"


def _inline(svg: str) -> str:
    """A picture as a part of a page: as wide as that, and with no rules for other pictures."""
    start = svg.index("<svg")
    rules = svg.index("<defs>"), svg.index("</defs>") + len("</defs>")
    assert "<style" in svg[slice(*rules)]
    style = 'style="max-width: 100%; height: auto; stroke-linejoin: round"'
    return f"<svg {style}{svg[start + 4 : rules[0]]}{svg[rules[1] :]}"


def _segments(curve: Curve) -> Iterator[str]:
    rows = captions.rows(curve.plan, curve.lr)
    units = [clock.unit for clock in captions.shown_clocks(curve.plan)[1:]]
    heads = ["segment", "from", "to", *(f"{end} {u}" for u in units for end in ("from", "to"))]
    if rows and rows[0].shares:
        heads += ["from %", "to %"]
    heads += ["starts at", "ends at"]
    table = (
        [
            "\u2003" * row.depth + row.text + (f" ({row.note})" if row.note else ""),
            *(cell for span in row.spans for cell in span),
            *(row.shares or ()),
            row.first,
            row.last,
        ]
        for row in rows
    )
    yield from _table(heads, table, right=range(1, len(heads)))


def _table(
    heads: Iterable[str], rows: Iterable[Iterable[str]], right: Iterable[int]
) -> Iterator[str]:
    sides = dict.fromkeys(right, "right")

    def line(cells: Iterable[str], tag: str) -> str:
        shown = (
            f'<{tag} style="text-align: {sides.get(i, "left")}">{escape(cell)}</{tag}>'
            for i, cell in enumerate(cells)
        )
        return f"<tr>{''.join(shown)}</tr>"

    yield "<table>"
    if heads:
        yield f"<thead>{line(heads, 'th')}</thead>"
    yield "<tbody>"
    yield from (line(row, "td") for row in rows)
    yield "</tbody></table>"
