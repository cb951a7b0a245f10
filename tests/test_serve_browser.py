"""`lrdsl serve` and the HTML file in a real Chromium, as people use them.

Every test also holds that no request leaves the page's own origin, that the page's policy stops
nothing of its own, and that no error goes uncaught.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

import lrdsl
from lrdsl.web.data import looked_at
from lrdsl.web.page import page as html_file

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
if CHROMIUM is None:
    pytest.skip("no Chromium on this machine: the page is not tested", allow_module_level=True)
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

pytestmark = pytest.mark.xdist_group("browser")

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
COSINE = "warmup(5ep) >> cosine"
STEPS = "multistep(at=[30, 60], factor=0.1)"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    command = [sys.executable, "-m", "lrdsl", "serve", "--port", "0", "--no-open"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    ) as server:
        assert server.stdout is not None
        yield server.stdout.readline().split()[0]
        assert server.poll() is None  # no page has ended it
        server.terminate()


@dataclass
class Visit:
    """A browser of one person: its windows, and what they asked for and complained about."""

    browser: Any
    origin: str
    complaints: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    contexts: list[Any] = field(default_factory=list)

    def open(self, url: str, **options: Any) -> Any:
        """A window of its own: nothing is shared with the others."""
        context = self.browser.new_context(**{"viewport": {"width": 1200, "height": 900}} | options)
        self.contexts.append(context)
        context.on("request", lambda request: self.asked.add(request.url))
        context.on("console", lambda message: self.complaints.append(message.text))
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        window = context.new_page()
        window.set_default_timeout(10_000)
        window.goto(url)
        return window

    def left(self) -> list[str]:
        """What it asked of others."""
        return [url for url in self.asked if not url.startswith((self.origin, "data:"))]


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Visit]:
    visit = Visit(browser, address)
    yield visit
    for context in visit.contexts:
        context.close()
    assert visit.complaints == []
    assert visit.left() == []


def fragment(*programs: tuple[str, ...], **run: Any) -> str:
    """An address's end, as the page writes it."""
    state = {"p": [list(p) for p in programs], "total": "90ep", "lr": "0.1", **run}
    return "#" + quote(json.dumps(state, separators=(",", ":")))


def editor(window: Any, at: int = 0) -> Any:
    return window.get_by_role("textbox", name="Program text").nth(at)


def write(window: Any, text: str, at: int = 0) -> None:
    editor(window, at).click()
    window.keyboard.press("Control+a")
    window.keyboard.type(text)


def chart(window: Any) -> Any:
    return window.get_by_role("slider", name="Chart of the")


def spoken(window: Any, tick: int) -> str:
    """What the chart says of a tick, asked by the keyboard."""
    chart(window).focus()
    window.keyboard.press("Home")
    for _ in range(tick):
        window.keyboard.press("ArrowRight")
    return str(chart(window).get_attribute("aria-valuetext"))


def rate(program: str, tick: int, **run: Any) -> str:
    """A rate of the compiled plan, in the six digits that the page shows."""
    value = lrdsl.compile(program, **{"total": "90ep"} | run)(tick, 0.1)
    return f"{value:.6g}"


def drawn(window: Any, series: int) -> int:
    """How many pixels have the very colour of a series."""
    return int(
        window.evaluate(
            """series => {
                const style = getComputedStyle(document.documentElement);
                const hex = style.getPropertyValue(`--series-${series}`).trim();
                const wanted = [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16));
                let found = 0;
                for (const canvas of document.querySelectorAll("canvas")) {
                    const { width, height } = canvas;
                    const copy = new OffscreenCanvas(width, height);
                    const context = copy.getContext("2d", { willReadFrequently: true });
                    context.drawImage(canvas, 0, 0);
                    const { data } = context.getImageData(0, 0, width, height);
                    for (let i = 0; i < data.length; i += 4)
                        if (wanted.every((value, k) => data[i + k] === value)) found += 1;
                }
                return found;
            }""",
            series,
        )
    )


def underlined(window: Any) -> list[str]:
    return list(window.locator(".cm-lintRange-error").all_inner_texts())


def see(locator: Any) -> Any:
    return playwright.expect(locator)


# --- typing --------------------------------------------------------------------------------------


def test_typing_shows_the_curve_of_the_plan(visit: Visit) -> None:
    window = visit.open(visit.origin)
    write(window, "hold(30) >> cosine")
    see(window.locator(".segments")).to_contain_text("hold(30)")
    assert drawn(window, 0) > 200
    assert f"{rate('hold(30) >> cosine', 40)}; update 41, 40 epochs, 44.4 %" in spoken(window, 40)
    see(window.locator(".readouts")).to_contain_text("67.2 %")  # (30 + 60 / 2 + 1 / 2) / 90


def test_words_and_code_stand_under_their_tabs(visit: Visit) -> None:
    window = visit.open(visit.origin + fragment((COSINE,)))
    window.get_by_role("tab", name="In words").click()
    see(window.get_by_role("tabpanel")).to_contain_text("warmup")
    window.get_by_role("tab", name="Python").click()
    see(window.get_by_role("tabpanel")).to_contain_text("import lrdsl")
    window.get_by_role("tab", name="PyTorch").click()
    see(window.get_by_role("tabpanel")).to_contain_text("from lrdsl.torch import Scheduler")
    window.context.grant_permissions(["clipboard-read", "clipboard-write"])
    window.get_by_role("button", name="Copy", exact=True).click()
    see(window.get_by_role("button", name="Copied")).to_be_visible()
    copied = window.evaluate("navigator.clipboard.readText()")
    assert copied == window.get_by_role("tabpanel").locator("pre").inner_text()


def test_the_run_is_what_the_fields_say(visit: Visit) -> None:
    window = visit.open(visit.origin + fragment((COSINE,)))
    window.get_by_label("Total").fill("10ep")
    window.get_by_label("Steps per epoch").fill("100")
    window.get_by_text("More units").click()
    window.get_by_label("Tick").fill("st")
    see(window.locator(".segments")).to_contain_text("1000st")
    see(window.locator("#write .run")).to_contain_text("1000 steps")


# --- errors --------------------------------------------------------------------------------------


def test_an_error_is_underlined_at_its_very_characters_and_fixed(visit: Visit) -> None:
    window = visit.open(visit.origin)
    # one character of the comment takes two places in JavaScript
    write(window, "# \N{SNOWMAN} \N{GRINNING FACE}\nwarmup(5ep) >> cosin")
    see(window.locator(".finding.error")).to_contain_text("cosin is not known here")
    assert underlined(window) == ["cosin"]
    window.get_by_role("button", name="Fix: write cosine").click()
    see(window.locator(".finding")).to_have_count(0)
    see(editor(window).locator(".cm-line").nth(1)).to_have_text("warmup(5ep) >> cosine")
    assert underlined(window) == []
    see(window.locator(".segments")).to_contain_text("cosine")


def test_the_last_curve_stays_while_a_program_is_wrong_and_says_so(visit: Visit) -> None:
    window = visit.open(visit.origin + fragment((COSINE,)))
    see(window.locator(".segments")).to_contain_text("cosine")
    write(window, COSINE + " >>")
    see(window.locator(".finding.error")).to_be_visible()
    see(window.locator(".legend")).to_contain_text("before the error")
    see(window.locator(".details h2")).to_have_text("before the error")


def test_a_warning_is_no_error(visit: Visit) -> None:
    window = visit.open(visit.origin + fragment(("cosine >> hold(5) >> linear + noise(0.1)",)))
    see(window.locator(".finding.warning").first).to_be_visible()
    see(window.locator(".readouts")).to_be_visible()
    assert underlined(window) == []


def test_a_program_and_a_name_are_never_markup(visit: Visit) -> None:
    hostile = "<img src=x onerror=document.title='gone'>"
    window = visit.open(visit.origin + fragment((f"hold # {hostile}", hostile), ("hold", "b")))
    see(window.locator(".legend")).to_contain_text(hostile)
    see(window.locator(".readouts")).to_contain_text(hostile)
    assert window.locator("img").count() == 0
    assert "gone" not in window.title()


def test_a_fragment_that_is_none_of_ours_is_left_aside(visit: Visit) -> None:
    window = visit.open(visit.origin)
    for strange in ("hello", "%", quote('{"p":{}}'), quote('{"p":[[7],null]}')):
        window.goto(visit.origin + fragment(("hold",)))
        see(editor(window)).to_have_text("hold")
        window.goto(visit.origin + "#" + strange)
        see(editor(window)).to_have_text("warmup(5ep) >> cosine")


# --- several programs, links, the gallery --------------------------------------------------------


def test_two_programs_are_compared(visit: Visit) -> None:
    window = visit.open(visit.origin + fragment((COSINE,)))
    window.get_by_role("button", name="Compare with another").click()
    window.keyboard.type(STEPS)  # the new editor has the focus
    window.get_by_label("Name of program 2").fill("steps")
    see(window.locator(".legend")).to_contain_text("steps")
    see(window.locator(".readouts tbody tr")).to_have_count(2)
    assert drawn(window, 0) > 200
    assert drawn(window, 1) > 200
    said = spoken(window, 31)
    assert f"Program 1 {rate(COSINE, 31)}, steps {rate(STEPS, 31)}; update 32" in said
    # the details are of the program that is written in
    editor(window, 1).click()
    see(window.locator(".details h2")).to_have_text("steps")
    window.get_by_role("button", name="Remove program 2").click()
    see(window.locator(".readouts tbody tr")).to_have_count(1)


def test_a_link_shows_another_person_the_same(visit: Visit) -> None:
    window = visit.open(visit.origin + fragment((COSINE, "mine"), (STEPS,), steps_per_epoch="1251"))
    window.get_by_role("button", name="Log").click()
    write(window, "hold(10ep) >> linear(end=0.01*lr)")
    see(window.locator(".segments")).to_contain_text("hold(10ep)")
    link = window.evaluate("location.href")
    assert not re.search(r"[()*!'~_ <>]", link)  # nothing that Markdown or a chat takes for its own

    other = visit.open(link)
    see(editor(other)).to_have_text("hold(10ep) >> linear(end=0.01*lr)")
    see(editor(other, 1)).to_have_text(STEPS)
    see(other.get_by_label("Name of program 1")).to_have_value("mine")
    see(other.get_by_label("Steps per epoch")).to_have_value("1251")
    see(other.get_by_role("button", name="Log")).to_have_attribute("aria-pressed", "true")
    see(other.locator(".readouts")).to_contain_text("mine")
    assert other.evaluate("location.href") == link


def test_a_published_schedule_is_loaded_and_gone_back_from(visit: Visit) -> None:
    window = visit.open(visit.origin + fragment((COSINE,)))
    see(window.locator(".segments")).to_contain_text("cosine")
    window.get_by_role("button", name="Gallery").click()
    entry = window.get_by_role("dialog").locator("button.pick").first
    text = entry.locator("code").inner_text()
    entry.click()
    see(window.get_by_role("dialog")).to_be_hidden()
    see(editor(window)).to_have_text(text)
    see(window.locator(".readouts")).to_be_visible()
    window.go_back()
    see(editor(window)).to_have_text(COSINE)
    see(window.get_by_label("Total")).to_have_value("90ep")
    window.go_forward()
    see(editor(window)).to_have_text(text)


def test_a_published_schedule_is_compared_with(visit: Visit) -> None:
    window = visit.open(visit.origin + fragment((COSINE,)))
    window.get_by_role("button", name="Gallery").click()
    window.get_by_role("button", name="Compare with").nth(1).click()
    see(editor(window)).to_have_text(COSINE)
    see(window.locator(".program")).to_have_count(2)


# --- the chart -----------------------------------------------------------------------------------


def test_the_pointer_reads_and_zooms(visit: Visit) -> None:
    window = visit.open(visit.origin + fragment((COSINE,), steps_per_epoch="1251"))
    reads_and_zooms(window)


def reads_and_zooms(window: Any) -> None:
    """The chart of `COSINE` over 90 epochs of 1251 steps answers the pointer."""
    see(window.locator(".readouts")).to_be_visible()
    plot = window.locator(".u-over")
    box = plot.bounding_box()
    plot.hover(position={"x": box["width"] / 2, "y": 40})
    see(window.locator(".when")).to_contain_text("update 46")
    times = ["update 46", "45 epochs", "56,295 steps", "50 %"]
    assert window.locator(".when span").all_inner_texts() == times
    see(window.locator(".legend output")).to_have_text(rate(COSINE, 45))
    whole = window.get_by_role("button", name="Whole run")
    see(whole).to_be_hidden()
    window.mouse.down()
    plot.hover(position={"x": box["width"] * 3 / 4, "y": 60})
    window.mouse.up()
    see(whole).to_be_visible()
    plot.hover(position={"x": 2, "y": 40})  # the left edge is where the drag began
    see(window.locator(".when")).to_contain_text("45 epochs")
    plot.dblclick(position={"x": 100, "y": 40})
    see(whole).to_be_hidden()


def test_a_log_axis_says_what_it_cannot_show(visit: Visit) -> None:
    window = visit.open(visit.origin + fragment(("warmup(5ep, start=0) >> cosine",)))
    see(window.locator(".readouts")).to_be_visible()
    see(window.locator(".note")).to_be_empty()
    window.get_by_role("button", name="Log").click()
    see(window.locator(".note")).to_contain_text("no place on a logarithmic axis")
    assert drawn(window, 0) > 200


def test_a_dark_desk_has_a_dark_page(visit: Visit) -> None:
    window = visit.open(visit.origin + fragment((COSINE,)), color_scheme="dark")
    see(window.locator(".readouts")).to_be_visible()
    background = window.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(map(int, re.findall(r"\d+", background))) < 64
    assert drawn(window, 0) > 200  # in the dark page's own colour
    window.emulate_media(color_scheme="light")
    window.wait_for_timeout(50)
    assert drawn(window, 0) > 200


# --- phones and keyboards ------------------------------------------------------------------------


def test_a_phone_scrolls_down_only(visit: Visit) -> None:
    phone = {"width": 360, "height": 740}
    window = visit.open(
        visit.origin
        + fragment(
            (COSINE, "a_name_that_goes_on_and_on_without_a_place_to_break_it_anywhere"),
            ("warmup(5) >> tanh(-6, 4) * restarts(t_mul=2, decay=0.5, limit=3) + noise(0.67)",),
            ("hold(" + 200 * "1" + ")",),
            steps_per_epoch="1251",
        ),
        viewport=phone,
        is_mobile=True,
        has_touch=True,
    )

    def fits() -> bool:
        return bool(window.evaluate("document.documentElement.scrollWidth <= innerWidth"))

    see(window.locator(".readouts")).to_be_visible()
    assert window.evaluate("innerWidth") == phone["width"]
    assert fits()
    box = window.locator(".u-over").bounding_box()
    window.locator(".u-over").tap(position={"x": box["width"] / 2, "y": 40})
    see(window.locator(".when")).to_contain_text("45 epochs")
    for tab in ("In words", "Python", "PyTorch"):
        window.get_by_role("tab", name=tab).tap()
        assert fits(), tab
    window.get_by_role("button", name="Gallery").tap()
    see(window.get_by_role("dialog").locator("button.pick").first).to_be_visible()
    assert fits()


def focused(window: Any) -> tuple[str, bool]:
    """What has the focus, and whether one sees that."""
    return tuple(
        window.evaluate(
            """() => {
                let element = document.activeElement, outlined = false;
                const name = element.getAttribute("aria-label") ?? element.textContent;
                while (element.shadowRoot) element = element.shadowRoot.activeElement;
                for (let e = element, i = 0; e && i < 3; e = e.parentElement, i += 1) {
                    const style = getComputedStyle(e);
                    outlined ||= style.outlineStyle !== "none" && style.outlineWidth !== "0px";
                }
                return [element.id || element.getAttribute("aria-label") || name, outlined];
            }"""
        )
    )


def test_the_keyboard_alone_is_enough(visit: Visit) -> None:
    window = visit.open(visit.origin + fragment(("hold",)))
    see(window.locator(".readouts")).to_be_visible()
    passed = []

    def tab_to(wanted: str) -> None:
        for _ in range(20):
            window.keyboard.press("Tab")
            window.wait_for_timeout(50)  # the editor takes 10 ms to notice
            name, is_seen = focused(window)
            passed.append(name)
            assert is_seen, name
            if name.startswith(wanted):
                return
        raise AssertionError(f"{wanted} is not reached: {passed}")

    tab_to("Program text")
    window.keyboard.press("Control+a")
    window.keyboard.type(COSINE)
    tab_to("total")  # Tab leaves the editor
    assert editor(window).inner_text() == COSINE
    window.keyboard.type("50ep")
    see(window.locator("#write .run")).to_contain_text("50 epochs")
    tab_to("Log")
    window.keyboard.press("Enter")
    see(window.get_by_role("button", name="Log")).to_have_attribute("aria-pressed", "true")
    tab_to("Chart of the")
    for key in ("End", "ArrowLeft", "PageDown", "ArrowRight"):
        window.keyboard.press(key)
    assert chart(window).get_attribute("aria-valuenow") == "44"  # 49 - 1 - 50 / 10 + 1
    window.keyboard.press("+")
    see(window.get_by_role("button", name="Whole run")).to_be_visible()
    window.keyboard.press("Escape")
    see(window.get_by_role("button", name="Whole run")).to_be_hidden()
    tab_to("Segments")
    window.keyboard.press("ArrowRight")
    see(window.get_by_role("tab", name="In words")).to_be_focused()
    see(window.get_by_role("tabpanel")).to_contain_text("warmup")


# --- the server ----------------------------------------------------------------------------------


def test_a_server_that_is_gone_is_said_and_found_again(visit: Visit) -> None:
    window = visit.open(visit.origin + fragment((COSINE,)))
    see(window.locator(".readouts")).to_be_visible()
    window.context.set_offline(True)
    write(window, "hold")
    see(window.get_by_role("alert")).to_contain_text("The server does not answer")
    window.context.set_offline(False)
    window.get_by_role("button", name="Try again").click()
    see(window.get_by_role("alert")).to_be_hidden()
    see(window.locator(".segments")).to_contain_text("hold")
    assert {c for c in visit.complaints if "ERR_INTERNET_DISCONNECTED" not in c} == set()
    visit.complaints.clear()


def test_what_the_server_refuses_is_said(visit: Visit) -> None:
    window = visit.open(visit.origin + fragment((COSINE,), lr="much"))
    see(window.get_by_role("alert")).to_contain_text("lr: ")
    window.get_by_label("Base rate").fill("0.1")
    see(window.get_by_role("alert")).to_be_hidden()
    assert [c for c in visit.complaints if "422" not in c] == []
    visit.complaints.clear()


def test_an_answer_that_comes_too_late_is_dropped(visit: Visit) -> None:
    window = visit.open(visit.origin + fragment((COSINE,)))
    see(window.locator(".segments")).to_contain_text("cosine")
    late = []

    def held(route: Any) -> None:
        if "hold(30)" in route.request.post_data:
            late.append(route)
        else:
            route.continue_()

    window.route("**/api/look", held)
    write(window, "hold(30)")
    while not late:
        window.wait_for_timeout(20)
    write(window, "hold(60)")
    see(window.locator(".segments")).to_contain_text("hold(60)")
    with contextlib.suppress(playwright.Error):  # the page may have called it off
        late[0].continue_()
    window.wait_for_timeout(200)
    see(window.locator(".segments")).to_contain_text("hold(60)")


def test_the_policy_stops_a_script_that_came_in(visit: Visit) -> None:
    window = visit.open(visit.origin)
    window.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "document.title = 'gone'";
            document.body.append(script);
        }"""
    )
    assert window.title() != "gone"
    assert any("Content Security Policy" in complaint for complaint in visit.complaints)
    visit.complaints.clear()


# --- the file ------------------------------------------------------------------------------------


def test_the_file_opens_from_a_disk_and_answers_the_pointer(browser: Any, tmp_path: Path) -> None:
    hostile = COSINE + " # </script><script>document.title = 'gone'</script>"
    data = looked_at([("mine", hostile)], 0.1, total="90ep", steps_per_epoch=1251)
    path = tmp_path / "curve.html"
    path.write_text(html_file(data, title="Mine"), encoding="utf-8")
    visit = Visit(browser, path.as_uri())
    window = visit.open(path.as_uri())
    reads_and_zooms(window)
    assert window.title() == "Mine"
    see(window.locator("pre")).to_have_text(hostile)
    see(window.locator(".segments tbody tr")).to_have_count(2)
    assert drawn(window, 0) > 200
    visit.contexts[0].close()
    assert visit.complaints == []
    assert visit.left() == []


def test_options_stand_one_above_the_other_on_one_time(browser: Any, tmp_path: Path) -> None:
    data = looked_at([("rate", COSINE), ("decay", "cosine(end=0.4)")], 0.1, total="90ep")
    data["programs"][1]["option"] = "weight_decay"
    path = tmp_path / "options.html"
    path.write_text(html_file(data), encoding="utf-8")
    visit = Visit(browser, path.as_uri())
    window = visit.open(path.as_uri())
    plots = window.locator(".u-over")
    see(plots).to_have_count(2)
    upper, lower = (plots.nth(i).bounding_box() for i in range(2))
    assert upper["x"] == lower["x"]
    assert upper["width"] == lower["width"]
    assert upper["y"] + upper["height"] <= lower["y"]
    plots.nth(1).hover(position={"x": lower["width"] / 2, "y": 20})
    shown = window.locator(".legend output").all_inner_texts()
    assert shown == [rate(COSINE, 45), rate("cosine(end=0.4)", 45)]
    visit.contexts[0].close()
    assert visit.complaints == []
