"""`lrdsl plot`: what it takes, what it calls things, and what it writes."""

import json
import re
import struct
import sys
from functools import partial
from pathlib import Path

import pytest
import terminal
from terminal import CLEAN, COULD_NOT_RUN, FINDINGS, USAGE, write

import lrdsl
from lrdsl.cli import plotting, viewing

pytest.importorskip("matplotlib")
from lrdsl import figures

run = partial(terminal.run, "plot")
CONFIG = """\
optimizer:
  lr: 0.1
  schedule:
    lr: warmup(5ep) >> cosine
    wd: linear(start=0.05, end=0.01)
    momentum: linear(start=0.85, end=0.95)
"""
SEVERAL = "a: {schedule: cosine}\nb: {schedule: {lr: linear, weight_decay: hold}}\n"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def shown(monkeypatch):
    """What `figure` is asked to draw, instead of a file."""
    asked = []

    class Nothing(figures.Picture):
        def data(self, form: str, dpi: float) -> bytes:
            asked[-1][1].update(form=form, dpi=dpi)
            return b""

    def figure(curves, **style):
        asked.append((curves, style))
        return Nothing()

    monkeypatch.setattr(figures, "figure", figure)

    def of(*arguments: str):
        result = run(*arguments, "-o", "x.png")
        assert (result.exit_code, result.stdout) == (CLEAN, ""), result.output
        assert result.stderr == "wrote x.png\n"
        return asked[-1]

    return of


# --- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "start"), [("x.png", b"\x89PNG"), ("x.SVG", b"<?xml"), ("x.pdf", b"%PDF")]
)
def test_the_name_says_what_is_written(name: str, start: bytes) -> None:
    result = run("warmup(5) >> cosine", "--total", "90ep", "--lr", "0.1", "-o", name)
    assert (result.exit_code, result.stdout, result.stderr) == (CLEAN, "", f"wrote {name}\n")
    assert Path(name).read_bytes().startswith(start)


def test_size_and_dpi_are_those_of_the_file() -> None:
    assert (
        run("cosine", "--total", "9", "--size", "5x2.5", "--dpi", "100", "-o", "x.png").exit_code
        == 0
    )
    assert struct.unpack(">II", Path("x.png").read_bytes()[16:24]) == (500, 250)


def test_a_page_holds_what_it_shows() -> None:
    write("c.yaml", CONFIG)
    options = ["--total", "90ep", "--lr-from", "optimizer.lr"]
    assert run("c.yaml", *options, "-o", "x.html").exit_code == CLEAN
    page = Path("x.html").read_text(encoding="utf-8")
    data = json.loads(re.search(r'type="application/json"[^>]*>(.*?)</script>', page)[1])
    assert [p["option"] for p in data["programs"]] == ["lr", "weight_decay", "momentum"]
    plan = lrdsl.compile("warmup(5ep) >> cosine", total="90ep")
    assert data["programs"][0]["curve"]["rates"] == plan.table(0.1).tolist()


def test_a_page_needs_no_matplotlib(monkeypatch) -> None:
    for name in [m for m in sys.modules if m.startswith("lrdsl.figures")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr(lrdsl, "figures")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert run("cosine", "--total", "9", "-o", "x.html").exit_code == CLEAN
    result = run("cosine", "--total", "9", "-o", "x.png")
    assert result.exit_code == COULD_NOT_RUN
    assert result.stderr == "Error: pictures are drawn by matplotlib: pip install 'lrdsl[plot]'\n"


# --- what is drawn --------------------------------------------------------------------------------


def test_programs_are_called_by_their_text_file_key_or_label(shown) -> None:
    write("a.yaml", "schedule: cosine\n")
    write("b.yaml", "schedule: hold\n")
    write("s.yaml", SEVERAL)

    def names(*arguments: str):
        return [(c.name, c.option) for c in shown(*arguments, "--total", "9")[0]]

    assert names("cosine(9)", "wsd(1, 2)") == [
        ("cosine(9)", "lr"),
        ("warmup(1) >> hold >> cooldown(2)", "lr"),
    ]
    assert names("a.yaml", "b.yaml") == [("a.yaml", "lr"), ("b.yaml", "lr")]
    assert names("a.yaml", "hold") == [("a.yaml", "lr"), ("hold", "lr")]
    assert names("s.yaml") == [
        ("a.schedule", "lr"),
        ("b.schedule", "lr"),
        ("b.schedule", "weight_decay"),
    ]
    assert names("a.yaml", "s.yaml", "--label", "x", "--label", "y") == [
        ("x", "lr"),
        ("y: a.schedule", "lr"),
        ("y: b.schedule", "lr"),
        ("y: b.schedule", "weight_decay"),
    ]
    assert names("a.yaml", "s.yaml")[1] == ("s.yaml: a.schedule", "lr")


def test_a_map_of_options_is_drawn_with_the_base_of_each(shown) -> None:
    write("c.yaml", CONFIG)
    curves, style = shown("c.yaml", "--total", "90ep", "--lr-from", "optimizer.lr")
    assert [(c.name, c.option, c.lr) for c in curves] == [
        ("c.yaml", "lr", 0.1),
        ("c.yaml", "weight_decay", 1.0),
        ("c.yaml", "momentum", 1.0),
    ]
    assert style["title"] == "c.yaml"


def test_options_belong_to_the_sources_in_their_order(shown) -> None:
    more = ["--option", "weight_decay=hold(value=0.1)", "--option", "weight_decay=hold(value=0.2)"]
    curves, style = shown("cosine", "linear", *more, "--total", "9", "--lr", "0.5")
    assert [(c.name, c.option, c.lr, c.rates[0]) for c in curves] == [
        ("cosine", "lr", 0.5, 0.5),
        ("linear", "lr", 0.5, 0.5),
        ("cosine", "weight_decay", 1.0, 0.1),
        ("linear", "weight_decay", 1.0, 0.2),
    ]
    assert style["title"] is None


def test_a_moment_is_one_of_each_programs_own_run(shown) -> None:
    write("a.yaml", "schedule: cosine\ntotal: 10ep\n")
    write("b.yaml", "schedule: cosine\ntotal: 30ep\n")
    _, style = shown("a.yaml", "b.yaml", "--total-from", "total", "--at", "50%", "--log")
    assert (style["at"], style["log"], style["both"]) == ([5, 15], True, False)
    _, style = shown("cosine", "--total", "9", "--both", "--title", "T", "--size", "3x2")
    assert (style["at"], style["both"], style["title"]) == ([], True, "T")
    assert (style["size"], style["form"], style["dpi"]) == ((3, 2), "png", 200)


# --- what goes wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["cosine", "-o", "x.gif"], USAGE, "'x.gif' does not end in .png, .svg, .pdf or .html"),
        (["cosine", "--total", "9"], USAGE, "Missing option '-o'"),
        (["-o", "x.png"], USAGE, "Missing argument"),
        (["cosin", "-o", "x.png"], FINDINGS, "error[LR101]: cosin is not known here"),
        (["cosine", "-o", "x.png"], FINDINGS, "error[LR701]: cosine fills the run"),
        (["hold", "-o", "x.png"], FINDINGS, "LR701]: a picture needs the end of the run"),
        (["nowhere.yaml", "-o", "x.png"], COULD_NOT_RUN, "No such file"),
        (["hold", "--total", "9", "-o", "no/x.png"], COULD_NOT_RUN, "No such file or directory"),
        (
            ["hold", "--total", "9", "--at", "10", "-o", "x.png"],
            USAGE,
            "10 is not within the run, 0 to 9",
        ),
        (["hold", "--total", "9", "--at", "x", "-o", "x.png"], USAGE, "'x' is not a time"),
        (
            ["hold", "--total", "9", "--at", "1e400/3", "-o", "x.png"],
            USAGE,
            "1e400/3 is no moment of a run",
        ),
        (["hold", "--total", "9ep", "--at", "1st", "-o", "x.png"], FINDINGS, "LR703"),
        (
            ["hold", "hold", "--label", "a", "-o", "x.png"],
            USAGE,
            "2 sources have as many --label, not 1",
        ),
        (["hold", "--size", "3", "-o", "x.png"], USAGE, "'3' is not WIDTHxHEIGHT in inches"),
        (["hold", "--size", "3x999", "-o", "x.png"], USAGE, "is not WIDTHxHEIGHT"),
        (["hold", "--option", "wd", "-o", "x.png"], USAGE, "'wd' is not NAME=VALUE"),
        (
            ["hold", "--total", "9", "--size", "100x100", "--dpi", "1200", "-o", "x.png"],
            USAGE,
            "120,000 x 120,000 pixels are too many: lower --dpi",
        ),
        (["-cosine", "--total", "9", "-o", "x.png"], USAGE, "No such option"),
        (["hold(value=0)", "--total", "9", "--log", "-o", "x.png"], USAGE, "needs a positive rate"),
        (["1e300*hold", "--lr", "1e300", "--total", "9", "-o", "x.png"], FINDINGS, "LR502"),
        (["hold", "--lr", "1e301", "--total", "9", "-o", "x.png"], USAGE, "hold has more"),
        (["hold", "--total", "1e301", "-o", "x.svg"], USAGE, "rates up to 1e+300"),
    ],
)
def test_what_cannot_be_drawn_is_said_and_leaves_no_file(arguments, code, message) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (code, ""), result.output
    assert message in result.stderr
    assert not Path("x.png").exists()


def test_nothing_is_drawn_where_one_of_several_is_wrong() -> None:
    write("c.yaml", "schedule: {lr: cosin, momentum: linear}\n")
    result = run("c.yaml", "--total", "9", "-o", "x.svg")
    assert result.exit_code == FINDINGS
    assert "--> c.yaml:1:16" in result.stderr
    assert list(Path().glob("x*")) == []


def test_every_option_of_the_run_is_taken() -> None:
    names = {p.name for p in viewing.show.params} - {"source"}
    assert names <= {p.name for p in plotting.plot.params}
