"""Pictures: what is on the axes, that nothing overlaps, and that nothing else is touched."""

import io
import subprocess
import sys
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest

import lrdsl
from lrdsl.curves import Curve, curve

matplotlib = pytest.importorskip("matplotlib")
Axes = pytest.importorskip("matplotlib.axes").Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

from lrdsl.figures import Picture, figure, onto  # noqa: E402
from lrdsl.figures.fitted import Fitted  # noqa: E402
from lrdsl.figures.style import COLORS, wrapped  # noqa: E402

MISSION = "warmup(5, 1e-5) >> tanh(-6, 4) * restarts(t_mul=2, decay=0.5, limit=3) + noise(0.67)"
MANY = " >> ".join(f"warmup({i}ep) >> cosine({9 - i}ep)" for i in range(1, 9))


def seen(program: str, lr: float = 0.1, name: str = "", option: str = "lr", **run) -> Curve:
    found = curve(lrdsl.compile(program, **run), lr, name=name, option=option)
    assert found is not None
    return found


def main(axes: Axes):
    """The lines that are curves."""
    return [line for line in axes.lines if line.get_gid() == "lrdsl"]


def drawn(picture: Picture) -> Picture:
    FigureCanvasAgg(picture).draw()
    return picture


def boxes(picture: Picture):
    """Where every word stands: tick labels, names, titles, legends."""
    renderer = drawn(picture).canvas.get_renderer()
    texts = list(picture.texts)
    texts += [t for legend in picture.legends for t in legend.get_texts()]
    for axes in picture.axes:
        inner = [axes, *axes.child_axes]
        for a in inner:
            texts += [a.xaxis.label, a.yaxis.label]
            for axis in (a.xaxis, a.yaxis):
                low, high = sorted(axis.get_view_interval())
                texts += [
                    tick.label1 if axis.get_ticks_position() != "top" else tick.label2
                    for tick in axis.get_major_ticks()
                    if low <= tick.get_loc() <= high and tick.label1.get_visible()
                ]
        texts += list(axes.texts)
    return [
        (t.get_text(), t.get_window_extent(renderer))
        for t in texts
        if t.get_text() and t.get_visible()
    ]


def overlaps(words):
    return [
        (a, b)
        for (a, one), (b, other) in combinations(words, 2)
        if one.padded(-1).overlaps(other.padded(-1))
    ]


# --- one curve ------------------------------------------------------------------------------------


def test_the_line_is_the_rate_of_every_update() -> None:
    c = seen("warmup(5) >> cosine", total="90ep")
    (axes,) = figure([c]).axes
    (line,) = main(axes)
    assert line.get_xdata().tolist() == list(range(90))
    assert line.get_ydata().tolist() == c.plan.table(0.1).tolist()
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("epoch", "learning rate")
    assert axes.get_xlim() == (0, 90)


def test_noise_is_a_band_with_its_path_around_the_curve_without_it() -> None:
    c = seen(MISSION, total="145ep")
    picture = figure([c])
    (axes,) = picture.axes
    (path,), middle = main(axes), next(x for x in axes.lines if x.get_color() == "black")
    still = lrdsl.compile(MISSION.replace(" + noise(0.67)", ""), total="145ep").table(0.1)
    assert path.get_ydata().tolist() == c.plan.table(0.1).tolist()
    # the same formula, folded in another order: a last digit
    assert middle.get_ydata() == pytest.approx(still, rel=1e-14)
    (band,) = axes.collections
    edges = band.get_paths()[0].vertices[:, 1]
    assert edges.max() == pytest.approx(still.max() * 1.67, rel=1e-14)
    legend = [t.get_text() for t in picture.legends[0].get_texts()]
    assert legend == ["rate of each update", "without noise", "bounds of the noise", "restart"]


def test_restarts_and_milestones_are_marked_where_the_rate_jumps() -> None:
    restarts = figure([seen("cosine(10ep) * restarts(limit=3)", total="30ep")]).axes[0]
    (marks,) = [x for x in restarts.lines if x.get_marker() == "^"]
    assert marks.get_xdata().tolist() == [10, 20]
    assert marks.get_ydata().tolist() == [0.1, 0.1]
    steps = figure([seen("warmup(5ep) >> multistep([30ep, 60ep])", total="90ep")]).axes[0]
    (marks,) = [x for x in steps.lines if x.get_marker() == "v"]
    assert marks.get_xdata().tolist() == [35, 65]
    assert marks.get_ydata() == pytest.approx([0.01, 0.001], rel=1e-14)


def test_a_run_that_converts_has_epochs_on_top() -> None:
    picture = figure([seen("cosine", total="90ep", tick="st", steps_per_epoch=50)])
    (axes,) = picture.axes
    (top,) = axes.child_axes
    drawn(picture)
    assert (axes.get_xlabel(), top.get_xlabel()) == ("step", "epoch")
    assert (axes.get_xlim(), top.get_xlim()) == ((0, 4500), (0, 90))
    assert figure([seen("cosine", total="90ep")]).axes[0].child_axes == []


def test_where_a_run_resumes_is_marked_and_read_out() -> None:
    c = seen("cosine", total="90ep", tick="st", steps_per_epoch=50)
    picture = figure([c], at=[Fraction(2250)])
    (dot,) = [x for x in picture.axes[0].lines if x.get_marker() == "D"]
    assert (dot.get_xdata(), dot.get_ydata()) == ([2250], [c.plan(2250, 0.1)])
    (entry,) = picture.legends[0].get_texts()
    assert entry.get_text() == "learning rate 0.05 at 2250st = 45ep"


def test_the_axis_says_for_which_base_where_none_is_known() -> None:
    def label(program: str, **more) -> str:
        return figure([seen(program, total=9, **more)]).axes[0].get_ylabel().replace("\n", " ")

    assert label("cosine", lr=1.0) == "learning rate (for lr = 1)"
    assert label("linear(start=0.1, end=0.01)", lr=1.0) == "learning rate"
    assert label("cosine", lr=1.0, option="weight_decay") == "weight decay (for a base of 1)"
    assert label("cosine", lr=0.5, option="momentum") == "momentum"


# --- names of segments ----------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(7.5, 3.6), (4, 3), (12, 4)])
@pytest.mark.parametrize("program", [MANY, "cosine(3ep) * restarts(limit=24)", MISSION])
def test_names_stay_inside_their_segments(program: str, size) -> None:
    total = "145ep" if program is MISSION else "72ep"
    picture = drawn(figure([seen(program, total=total)], size=size))
    (axes,) = picture.axes
    labels = [a for a in axes.texts if isinstance(a, Fitted)]
    assert labels
    assert size[0] < 7 or any(a.get_text() and a.get_visible() for a in labels)
    for label in labels:
        if label.get_text() and label.get_visible():
            box = label.get_window_extent(picture.canvas.get_renderer())
            start, end = axes.transData.transform([(x, 0) for x in label._stretch])[:, 0]
            assert start < box.x0 < box.x1 < end, label.get_text()
            top = max(float(x.get_ydata().max()) for x in main(axes))
            assert axes.transData.transform((0, top))[1] < box.y0, label.get_text()


def test_a_name_is_as_long_as_there_is_room_for() -> None:
    def names(width: float):
        picture = drawn(
            figure([seen("warmup(20ep) >> cosine(70ep)", total="90ep")], size=(width, 3))
        )
        return [a.get_text() for a in picture.axes[0].texts]

    assert names(7.5) == ["warmup(20ep)", "cosine(70ep)"]
    assert names(4) == ["warmup", "cosine(70ep)"]
    assert names(1.2) == ["", "cosine"]


def test_names_follow_the_zoom() -> None:
    picture = drawn(figure([seen("warmup(1ep) >> cosine(89ep)", total="90ep")]))
    (axes,) = picture.axes
    assert [a.get_text() for a in axes.texts] == ["", "cosine(89ep)"]
    axes.set_xlim(0, 2)
    drawn(picture)
    assert [a.get_text() for a in axes.texts] == ["warmup(1ep)", "cosine(89ep)"]


# --- several --------------------------------------------------------------------------------------


RUN = {"total": "90ep", "tick": "st", "steps_per_epoch": 100}
THREE = [
    ("cosine", "warmup(5%) >> cosine"),
    ("wsd", "wsd(5%, 20%)"),
    ("steps", "warmup(5%) >> multistep([30%, 60%])"),
]


def three() -> list[Curve]:
    return [seen(program, name=name, **RUN) for name, program in THREE]


def test_programs_are_told_apart_by_colour_and_by_dashes() -> None:
    picture = figure(three())
    lines = main(picture.axes[0])
    assert [x.get_color() for x in lines] == list(COLORS[:3])
    assert len({str(x._unscaled_dash_pattern) for x in lines}) == 3
    assert [t.get_text() for t in picture.legends[0].get_texts()] == ["cosine", "wsd", "steps"]
    assert picture.get_suptitle() == ""


def test_both_is_a_linear_and_a_logarithmic_panel() -> None:
    linear, log = figure(three(), both=True).axes
    assert (linear.get_yscale(), log.get_yscale()) == ("linear", "log")
    assert linear.get_xlim() == log.get_xlim()
    for a, b in zip(main(linear), main(log), strict=True):
        assert np.array_equal(a.get_ydata(), b.get_ydata())
    assert [a.get_yscale() for a in figure(three(), log=True).axes] == ["log"]


def test_a_logarithmic_axis_ends_where_the_rates_do() -> None:
    (axes,) = figure([seen("warmup(5ep) >> cosine(end=0.01*lr)", total="90ep")], log=True).axes
    assert axes.get_ylim()[0] == pytest.approx(1e-3)  # zeros have no place, and draw none
    (axes,) = figure([seen("cosine", total=10**6)], log=True).axes
    assert axes.get_ylim()[0] == pytest.approx(1e-6)  # nor is 1e-13 of interest
    with pytest.raises(lrdsl.LrdslError, match="needs a positive rate, and lr has none"):
        figure([seen("hold(value=0)", total=9)], log=True)


def test_options_stand_below_each_other_on_one_time_axis() -> None:
    picture = figure(
        [
            seen("warmup(5%) >> cosine", name="x", **RUN),
            seen("cosine(end=0.1*lr)", 0.05, name="x", option="weight_decay", **RUN),
            seen("linear(start=0.85, end=0.95)", 1.0, name="x", option="momentum", **RUN),
        ]
    )
    assert [a.get_ylabel() for a in picture.axes] == ["learning rate", "weight decay", "momentum"]
    assert [a.get_xlabel() for a in picture.axes] == ["", "", "step"]
    assert [len(a.child_axes) for a in picture.axes] == [1, 0, 0]  # epochs are on top of all
    assert {a.get_xlim() for a in picture.axes} == {(0, 9000)}
    assert {main(a)[0].get_color() for a in picture.axes} == {COLORS[0]}


def test_units_that_convert_share_an_axis_and_others_count_updates() -> None:
    steps = seen("cosine", **RUN)
    epochs = seen("cosine", total="90ep", steps_per_epoch=100)
    (axes,) = figure([steps, epochs]).axes
    assert axes.get_xlabel() == "step"
    assert [x.get_xdata()[-1] for x in main(axes)] == [8999, 8900]
    (axes,) = figure([seen("cosine", total="50ep"), seen("cosine", total="90st")]).axes
    assert axes.get_xlabel() == "update"
    assert axes.get_xlim() == (0, 90)


def test_a_unit_that_is_another_for_each_program_is_not_shown_beside_the_axis() -> None:
    one, other = (seen("cosine", total="90ep", steps_per_epoch=n) for n in (100, 200))
    for curves, beside in (([one, one], ["step"]), ([one, other], [])):
        (axes,) = figure(curves).axes
        assert axes.get_xlabel() == "epoch"
        assert [a.get_xlabel() for a in axes.child_axes] == beside


def test_noise_without_a_bound_has_no_band() -> None:
    (axes,) = figure([seen("hold + 0.1 * gaussian(1)", total="90ep")]).axes
    assert len(axes.collections) == 0
    assert len(axes.lines) == 2


def test_several_noisy_programs_are_named_once_each() -> None:
    curves = [seen(f"{p} + noise(0.2)", total="90ep") for p in ("cosine", "linear")]
    picture = figure(curves)
    (axes,) = picture.axes
    names = [t.get_text() for t in picture.legends[0].get_texts()]
    assert names == ["cosine + noise(0.2)", "linear + noise(0.2)"]
    assert len(axes.collections) == 2  # the bounds of each
    assert len(axes.lines) == 4  # the rate of each update, and the curve without noise


# --- whatever is drawn ----------------------------------------------------------------------------

LONG = "configs/experiments/2024/ablation/seed_0/lr_0.1/final.yaml: optimizer.schedule.lr " * 3
CASES = {
    "mission": lambda: figure([seen(MISSION, total="145ep")]),
    "mission, log": lambda: figure([seen(MISSION, total="145ep")], log=True),
    "many segments": lambda: figure([seen(MANY, total="72ep")]),
    "segments over each other": lambda: figure(
        [seen("(warmup(5) >> hold) + (linear(40) >> hold)", total="90ep")]
    ),
    "three": lambda: figure(three(), both=True, at=[Fraction(2000)] * 3),
    "stacked": lambda: figure(
        [seen("cosine", option=o, **RUN) for o in ("lr", "weight_decay", "momentum")],
        at=[Fraction(4)] * 3,
    ),
    "zeros, log": lambda: figure([seen("cosine(60ep) >> hold", total="90ep")], both=True),
    "one update": lambda: figure([seen("cosine", total="1ep")]),
    "one step": lambda: figure([seen("cosine", total="1st", steps_per_epoch=10)]),
    "few updates": lambda: figure([seen("warmup(2) >> linear", total=6)]),
    "long": lambda: figure([seen("warmup(1234567st) >> cosine", 3e-5, total="10000000st")]),
    "tokens": lambda: figure(
        [seen("cosine", 3e-4, total="300B tokens", tick="st", tokens_per_step=2**22)]
    ),
    "negative": lambda: figure([seen("linear(start=lr, end=-0.5*lr)", total="90ep")]),
    "all negative": lambda: figure([seen("-cosine", total="90ep")]),
    "long names": lambda: figure(
        [seen("cosine", name=LONG, total=9), seen("hold", name=LONG[1:], total=9)]
    ),
    "equal": lambda: figure([seen("hold", total="90ep")]),
    "zero": lambda: figure([seen("hold(value=0)", total="90ep")]),
    "nearly equal": lambda: figure([seen("hold * (1 + 1e-9 * cosine)", total="90ep")]),
    "huge": lambda: figure([seen("cosine", 1e300, total="90ep")]),
    "tiny": lambda: figure([seen("cosine", 1e-300, total="90ep")], both=True),
    "fraction of a tick": lambda: figure([seen("cosine", total=Fraction(7, 2))]),
    "small": lambda: figure([seen("warmup(5ep) >> cosine", **RUN)], size=(3.5, 2.5)),
}


@pytest.mark.parametrize("make", CASES.values(), ids=CASES)
def test_no_words_overlap_and_all_stay_on_the_page(make) -> None:
    picture = make()
    words = boxes(picture)
    assert len(words) > 5
    assert overlaps(words) == []
    page = picture.bbox.padded(2)
    for text, box in words:
        assert page.x0 <= box.x0, text
        assert box.x1 <= page.x1, text
        assert page.y0 <= box.y0, text
        assert box.y1 <= page.y1, text
    for axes in picture.axes:
        low, high = axes.get_ylim()
        assert low < high
        for line in main(axes):  # every rate is on the axes, but for what a logarithm leaves out
            rates = line.get_ydata()
            assert rates.max() <= high
            assert axes.get_yscale() == "log" or low <= rates.min()


def test_a_long_name_keeps_both_its_ends() -> None:
    text = "warmup(5ep) >> " + "cosine(20ep) >> " * 9 + "cooldown(6ep)"
    lines = wrapped(text, 60, 3).split("\n")
    assert len(lines) == 3
    assert max(map(len, lines)) <= 60
    assert lines[0].startswith("warmup(5ep) >> cosine")
    assert lines[1].startswith(">> cosine")
    assert lines[2].startswith("… ")
    assert lines[2].endswith(">> cooldown(6ep)")
    assert wrapped("a" * 100, 40, 3).split("\n") == ["a" * 40, "a" * 40, "a" * 20]
    assert wrapped("hold", 40, 3) == "hold"
    assert wrapped("a" * 100, 40, 2).split("\n") == ["a" * 40, "… " + "a" * 38]  # no place to break


# --- files, and the rest of the world -------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")]
)
def test_the_same_picture_is_the_same_file(form: str, start: bytes) -> None:
    files = [figure([seen(MISSION, total="145ep")]).data(form, 50) for _ in range(2)]
    assert files[0] == files[1]
    assert files[0].startswith(start)


def test_a_long_run_is_a_small_file() -> None:
    data = figure([seen("hold + noise(0.5)", total="10000000st")]).data("svg")
    assert len(data) < 400_000


def test_settings_are_neither_heeded_nor_touched() -> None:
    plain = figure([seen("cosine", total=9)]).data("svg")
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "black", "lines.marker": "o"}):
        before = dict(matplotlib.rcParams)
        assert figure([seen("cosine", total=9)]).data("svg") == plain
        assert dict(matplotlib.rcParams) == before


def test_pyplot_is_left_alone() -> None:
    code = (
        "import sys, lrdsl\n"
        "plan = lrdsl.compile('cosine', total=9)\n"
        "plan.plot(), plan._repr_html_(), lrdsl.plot([plan, 'hold'])\n"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


# --- in Python ------------------------------------------------------------------------------------


def test_a_plan_is_drawn_on_axes_of_its_own_or_on_those_of_others() -> None:
    plan = lrdsl.compile("warmup(5ep) >> cosine", total="90ep")
    own = plan.plot(lr=0.1, color="red", label="mine")
    assert main(own)[0].get_ydata().tolist() == plan.table(0.1).tolist()
    assert (main(own)[0].get_color(), main(own)[0].get_label()) == ("red", "mine")
    theirs = Figure().subplots()
    assert plan.plot(theirs, lr=0.1) is theirs
    other = lrdsl.compile("cosine", total="120ep").plot(ax=theirs, lr=0.2)
    assert other is theirs
    assert [x.get_color() for x in main(theirs)] == list(COLORS[:2])
    assert theirs.get_xlim()[1] == 120
    assert theirs.get_ylim()[1] > 0.2
    assert [t.get_text() for t in theirs.legend().get_texts()] == [
        "warmup(5ep) >> cosine",
        "cosine",
    ]
    assert plan.plot(log=True).get_yscale() == "log"
    written = Figure().subplots()
    word = written.text(3, 0.1, "a word of theirs")
    plan.plot(written)
    assert word.get_visible()


def test_plot_compares_texts_schedules_and_plans() -> None:
    plan = lrdsl.compile("cosine", total="30ep")
    picture = lrdsl.plot([plan, lrdsl.parse("linear"), "hold"], lr=0.1, total="90ep")
    assert isinstance(picture, Figure)
    lines = main(picture.axes[0])
    assert [len(x.get_ydata()) for x in lines] == [30, 90, 90]  # a plan has its own run
    assert [t.get_text() for t in picture.legends[0].get_texts()] == ["cosine", "linear", "hold"]
    named = lrdsl.plot({"a": plan, "b": "hold"}, title="two", log=True)
    assert [t.get_text() for t in named.legends[0].get_texts()] == ["a", "b"]
    assert (named.get_suptitle(), named.axes[0].get_yscale()) == ("two", "log")
    assert lrdsl.plot("cosine", labels=["x"]).get_suptitle() == "cosine"
    with pytest.raises(ValueError, match="2 programs and 1 labels"):
        lrdsl.plot(["cosine", "hold"], labels=["one"])
    with pytest.raises(ValueError, match="0 programs"):
        lrdsl.plot([])
    with pytest.raises(lrdsl.LrdslError, match="cosin is not known here"):
        lrdsl.plot("cosin")
    with pytest.raises(lrdsl.LrdslError, match="a picture needs the end of the run"):
        lrdsl.compile("hold").plot()


def test_what_is_drawn_can_be_saved_by_matplotlib() -> None:
    file = io.BytesIO()
    onto(seen("cosine", total=9)).figure.savefig(file, format="png")
    assert file.getvalue().startswith(b"\x89PNG")


def test_without_matplotlib_one_sentence_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "import lrdsl\n"
        "plan = lrdsl.compile('cosine', total=9)\n"
        "assert '<pre' in plan._repr_html_() and plan._repr_svg_() is None\n"
        "for draw in (plan.plot, lambda: lrdsl.plot(plan)):\n"
        "    try:\n"
        "        draw()\n"
        "    except ImportError as e:\n"
        "        print(e)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    said = "pictures are drawn by matplotlib: pip install 'lrdsl[plot]'\n"
    assert (done.stdout, done.stderr) == (2 * said, "")
