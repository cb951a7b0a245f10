"""Plans and schedules in a notebook: what they show, and that a real one runs."""

import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

import lrdsl
from lrdsl import curves, nominal
from lrdsl.python import cosine, ep, warmup

ROOT = Path(__file__).parents[1]
VOID = {"img", "br", "hr", "meta", "path", "use", "stop"}


class Balanced(HTMLParser):
    """Elements, all of them closed, and the words outside of pictures."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if "svg" not in self.open and data.strip():
            self.words.append(data.strip())


def test_a_plan_shows_program_picture_segments_and_readings() -> None:
    pytest.importorskip("matplotlib")
    plan = lrdsl.compile("warmup(5ep) >> cosine", total="90ep", tick="st", steps_per_epoch=10)
    page = Balanced(plan._repr_html_())
    assert page.seen.count("svg") == 1
    assert "style" not in page.seen  # rules would be those of the whole notebook
    assert page.words[:2] == ["warmup(5ep) >> cosine", "900 steps, a tick is a step, lr = 1"]
    assert page.words[2:11] == [
        *("segment", "from", "to", "from ep", "to ep", "from %", "to %", "starts at", "ends at")
    ]
    assert page.words[11:20] == ["warmup(5ep)", "0st", "50st", "0", "5", "0.0", "5.6", "0", "1"]
    assert page.words[-3:] == ["area", "0.500", "equal to 50.0% of the updates at the peak"]
    svg = ElementTree.fromstring(plan._repr_svg_())
    assert svg.tag == "{http://www.w3.org/2000/svg}svg"
    assert repr(plan) == "<Plan warmup(5ep) >> cosine | total=900, tick=st, steps_per_epoch=10>"


def test_text_of_others_stays_text() -> None:
    plan = lrdsl.compile("max(cosine, 1e-5) >> hold(1ep)", total="9ep", names={})
    page = Balanced(plan._repr_html_())
    assert page.words[0] == "max(cosine, 1e-5) >> hold(1ep)"
    assert "&gt;&gt;" in plan._repr_html_()


@pytest.mark.parametrize(
    ("text", "caption"),
    [
        ("warmup(5ep) >> cosine(85ep)", "open-ended, a tick is an epoch"),
        ("warmup(5) >> cosine(85)", "open-ended, a tick is a step"),
        ("warmup(5%) >> cosine", "drawn for a run of 100 updates"),
        ("warmup(5ep) >> cosine", "drawn for a run of 100 epochs, a tick is an epoch"),
        ("warmup(2000st) >> cosine", "drawn for a run of 10000 steps, a tick is a step"),
        ("warmup(500st) >> cosine(90ep)", "drawn for a run of 10000 steps, a tick is a step"),
        ("hold", "drawn for a run of 100 updates"),
    ],
)
def test_a_schedule_shows_itself_in_a_run_that_the_caption_names(text: str, caption: str) -> None:
    schedule = lrdsl.parse(text)
    assert Balanced(schedule._repr_html_()).words[:2] == [text, f"{caption}, lr = 1"]
    assert repr(schedule).endswith(f" {text}>")


@pytest.mark.parametrize("text", ["cosine", "hold", "warmup(2000st) >> cosine(90ep)", "hold(3ep)"])
def test_whatever_compiles_in_some_run_has_one_to_be_shown_in(text: str) -> None:
    plan, _ = nominal.plan_to_show(text)
    assert curves.horizon(plan) is not None


def test_the_run_that_is_given_is_taken() -> None:
    assert nominal.plan_to_show("cosine", total="7ep")[0].total == 7
    plan = lrdsl.compile("cosine", total=3)
    assert nominal.plan_to_show(plan, total="7ep") == (plan, False)
    with pytest.raises(lrdsl.LrdslError, match="LR402"):
        nominal.plan_to_show("cosine(9ep)", total="7ep")


def test_where_nothing_can_be_drawn_the_text_is_left() -> None:
    for what in (
        lrdsl.compile("hold"),  # it has no end
        lrdsl.compile("1e308*cosine + 1e308*cosine", total=9),
        lrdsl.parse("warmup(60%) >> cosine(60%)"),  # it fits no run
    ):
        assert (what._repr_html_(), what._repr_svg_()) == (None, None)


def test_the_python_spelling_shows_itself() -> None:
    assert "warmup(5ep) &gt;&gt; cosine" in (warmup(5 * ep) >> cosine())._repr_html_()


def test_a_real_notebook_shows_and_compares(tmp_path) -> None:
    pytest.importorskip("matplotlib")
    nbclient = pytest.importorskip("nbclient", reason="it runs notebooks")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel", reason="it is what notebooks are run by")
    book = nbformat.read(ROOT / "examples" / "seeing.ipynb", as_version=4)
    resources = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(book, timeout=120, resources=resources).execute()
    shown = [
        output["data"]
        for cell in book.cells
        for output in cell.get("outputs", [])
        if output.output_type == "execute_result"
    ]
    plan, schedule, axes, figure = shown
    for data in (plan, schedule):
        assert {"text/plain", "text/html", "image/svg+xml"} <= set(data)
        assert "<svg" in data["text/html"]
    assert plan["text/plain"].startswith("<Plan warmup(5ep) >> tanh")
    assert "drawn for a run of 100 updates" in schedule["text/html"]
    for data in (axes, figure):
        assert "image/svg+xml" in data
    said = [o for cell in book.cells for o in cell.get("outputs", []) if o not in shown]
    assert [o for o in said if o.output_type != "execute_result"] == []


def test_the_notebook_is_committed_without_outputs() -> None:
    text = (ROOT / "examples" / "seeing.ipynb").read_text(encoding="utf-8")
    assert re.findall(r'"outputs": \[(?!\])', text) == []
    assert re.findall(r'"execution_count": (?!null)', text) == []
