"""The local page's server: what it answers, and what it refuses of strangers."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.request
import webbrowser
from collections.abc import Callable
from itertools import pairwise
from queue import Queue
from typing import Any

import pytest
from click.testing import CliRunner

import lrdsl
from lrdsl.cli import cli

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
httpx = pytest.importorskip("httpx")

from starlette.testclient import TestClient  # noqa: E402

from lrdsl.web import server  # noqa: E402
from lrdsl.web.data import MAX_POINTS, looked_at  # noqa: E402

MISSION = "warmup(5, 1e-5) >> tanh(-6, 4) * restarts(t_mul=2, decay=0.5, limit=3) + noise(0.67)"


@pytest.fixture(scope="module")
def page() -> TestClient:
    return TestClient(server.application(), base_url="http://127.0.0.1:8713")


def asked(page: TestClient, *texts: str, **rest: Any) -> dict[str, Any]:
    answer = page.post("/api/look", json={"programs": [{"text": t} for t in texts], **rest})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_curve_is_the_one_that_trains(page) -> None:
    (program,) = asked(page, MISSION, total="145ep", lr=0.1)["programs"]
    table = lrdsl.compile(MISSION, total="145ep").table(0.1)
    assert program["curve"]["rates"] == table.tolist()
    assert program["curve"]["ticks"] == list(range(145))
    readouts = program["readouts"]
    assert readouts["peak"] == {"tick": int(table.argmax()), "rate": table.max()}
    assert readouts["mean"] == pytest.approx(table.mean(), rel=1e-15)  # another order of adding
    assert [s["text"] for s in program["segments"]][2:] == [f"cycle {i} of 3" for i in (1, 2, 3)]
    low, high = program["curve"]["low"], program["curve"]["high"]
    assert all(lo <= r <= hi for lo, r, hi in zip(low, table, high, strict=True))


def test_several_programs_are_answered_each_for_itself(page) -> None:
    good, bad = asked(page, "cosine", "warmup(5) >> cosin", total="90ep")["programs"]
    assert good["curve"]
    assert not good["diagnostics"]
    assert bad["curve"] is None
    (found,) = bad["diagnostics"]
    assert bad["text"][found["start"] : found["end"]] == "cosin"
    fix = found["fix"]
    mended = bad["text"][: fix["start"]] + fix["text"] + bad["text"][fix["end"] :]
    assert mended == "warmup(5) >> cosine"


@pytest.mark.parametrize(
    ("text", "run"),
    [
        ("", {}),
        ("hold", {}),  # no end to draw it to
        ("1e300 * cosine", {"total": 10, "lr": 1e300}),  # infinite
        ("cosine", {"total": "ninety"}),
        ("cosine", {"total": 0}),
        ("warmup(5ep) >> cosine", {"total": "100st"}),
        ("\x00 é𝕏 ’", {"total": 5}),
        ("(" * 500, {"total": 5}),
    ],
)
def test_whatever_is_wrong_is_said_in_the_answer(page, text: str, run: dict[str, Any]) -> None:
    (program,) = asked(page, text, **run)["programs"]
    assert program["curve"] is None
    assert program["diagnostics"] or text == "hold"
    for found in program["diagnostics"]:
        assert 0 <= found["start"] <= found["end"] <= len(text)


def test_a_fix_of_several_edits_is_one_replacement() -> None:
    text = "warmup(5) → cosine"
    (program,) = looked_at([("", text)], total=10)["programs"]
    fixed = text
    for found in reversed(program["diagnostics"]):
        fix = found["fix"]
        fixed = fixed[: fix["start"]] + fix["text"] + fixed[fix["end"] :]
    assert lrdsl.parse(fixed) == lrdsl.parse("warmup(5) >> cosine")


def test_what_is_sent_of_a_long_noisy_curve_is_as_wide_as_its_noise() -> None:
    (program,) = looked_at([("", "hold + noise(0.5)")], total=50_000)["programs"]
    rates = program["curve"]["rates"]
    assert len(rates) <= MAX_POINTS + 10  # and both sides of junctions
    assert (max(rates), min(rates)) == tuple(
        program["readouts"][name]["rate"] for name in ("peak", "lowest")
    )
    narrow = [abs(a - b) < 0.1 for a, b in pairwise(rates)]
    assert sum(narrow) < len(rates) / 4  # the lowest and the highest of a stretch, in turns


def test_the_code_to_paste_runs(page) -> None:
    run = {"total": "90ep", "tick": "st", "steps_per_epoch": "10", "lr": 0.1}
    (program,) = asked(page, "warmup(5ep) >> cosine", **run)["programs"]
    space: dict[str, Any] = {}
    exec(program["python"], space)
    plan = lrdsl.compile("warmup(5ep) >> cosine", total="90ep", tick="st", steps_per_epoch=10)
    assert space["plan"] == plan

    torch = pytest.importorskip("torch")
    space = {"optimizer": torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)}
    space["optimizer"].step()
    exec(program["torch"], space)
    assert space["optimizer"].param_groups[0]["lr"] == plan(1, 0.1)


def test_a_long_run_is_thinned_and_keeps_its_extremes(page) -> None:
    text = "hold(123456st, value=0.5) >> hold(1st, value=3) >> hold"
    (program,) = asked(page, text, total="10Mst")["programs"]
    assert len(program["curve"]["ticks"]) < 4_100
    assert max(program["curve"]["rates"]) == 3 == program["readouts"]["peak"]["rate"]
    assert not program["curve"]["whole"]


def test_the_gallery_holds_programs_without_errors(page) -> None:
    gallery = page.get("/api/gallery").json()
    assert len(gallery) >= 20
    assert len({entry["name"] for entry in gallery}) == len(gallery)
    for entry in gallery:
        rest = {k: v for k, v in entry.items() if k not in ("name", "text", "source")}
        (program,) = asked(page, entry["text"], **rest)["programs"]
        assert program["curve"], entry["name"]
        assert not [d for d in program["diagnostics"] if d["severity"] == "error"]
        assert entry["source"]


# --- strangers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("send", "status", "why"),
    [
        ({"content": b"{}", "headers": {"content-type": "text/plain"}}, 415, "application/json"),
        ({"json": {"programs": [{"text": "x" * 9_000}]}}, 422, "programs.0.text"),
        ({"json": {"programs": [{"text": "hold"}] * 9}}, 422, "programs"),
        ({"json": {"programs": [{"text": "hold", "code": "1"}]}}, 422, "programs.0.code"),
        ({"json": {"programs": [], "names": {"W": "5"}}}, 422, "names"),
        ({"json": {"programs": [], "total": "9" * 101}}, 422, "total"),
        ({"content": b"[" * 100_000, "headers": {"content-type": "application/json"}}, 422, ""),
        ({"content": b"\xff{}", "headers": {"content-type": "application/json"}}, 422, ""),
        ({"json": {"programs": [{"text": "x" * 140_000}]}}, 413, "128 KiB"),
        ({"json": {"programs": []}, "headers": {"origin": "http://evil.example"}}, 403, "site"),
        ({"json": {"programs": []}, "headers": {"origin": "null"}}, 403, "site"),
        ({"json": {"programs": []}, "headers": {"host": "evil.example:8713"}}, 400, "host"),
    ],
)
def test_what_it_refuses(page, send: dict[str, Any], status: int, why: str) -> None:
    answer = page.post("/api/look", **send)
    assert answer.status_code == status
    assert why in answer.text


def test_a_question_of_its_own_page_is_answered(page) -> None:
    own = {"origin": "http://127.0.0.1:8713"}
    assert page.post("/api/look", json={"programs": []}, headers=own).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/static/../server.py",
        "/static/..%2fserver.py",
        "/static/%2e%2e/data.py",
        "/static/nothing.js",
        "/static/index.html",  # only with its policy, from /
        "/static/gallery.json",
        "/etc/passwd",
    ],
)
def test_no_other_file_is_given(page, path: str) -> None:
    assert page.get(path).status_code == 404


def test_the_page_may_load_nothing_from_elsewhere(page) -> None:
    answer = page.get("/")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert not re.findall(r"<script(?![^>]*\ssrc=)|<style|\son\w+=", answer.text)
    linked = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
    assert linked
    for link in linked:
        assert link.startswith("data:") or page.get(f"/{link}").status_code == 200
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_command_answers_on_this_machine_alone() -> None:
    command = [sys.executable, "-m", "lrdsl", "serve", "--port", "0", "--no-open"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as running:
        try:
            assert running.stdout is not None
            address = running.stdout.readline().split()[0]
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", address)
            question = json.dumps({"programs": [{"text": "cosine"}], "total": 3}).encode()
            request = urllib.request.Request(
                f"{address}api/look", question, {"content-type": "application/json"}
            )
            with urllib.request.urlopen(request, timeout=60) as answer:
                data = json.load(answer)
            rates = lrdsl.compile("cosine", total=3).table().tolist()
            assert data["programs"][0]["curve"]["rates"] == rates
            if sys.platform != "win32":
                running.send_signal(signal.SIGINT)  # Ctrl-C ends it
                rest, errors = running.communicate(timeout=60)
                assert (running.returncode, rest, errors.strip()) == (0, "", "")
        finally:
            running.kill()


@pytest.mark.parametrize("options", [(), ("--no-open",)])
def test_the_page_is_opened_in_the_browser_unless_that_is_not_wanted(options, monkeypatch) -> None:
    opened: Queue[str] = Queue()

    def serve(port: int, started: Callable[[str], None]) -> None:
        started(f"http://127.0.0.1:{port}/")

    monkeypatch.setattr(server, "serve", serve)
    monkeypatch.setattr(webbrowser, "open", opened.put)
    monkeypatch.delattr(signal, "SIGPIPE", raising=False)  # as on Windows
    result = CliRunner().invoke(cli, ["serve", "--port", "5", *options])
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "http://127.0.0.1:5/  (Ctrl-C ends it)\n"
    if options:
        assert opened.empty()
    else:
        assert opened.get(timeout=60) == "http://127.0.0.1:5/"


@pytest.mark.parametrize("missing", ["starlette", "uvicorn"])
def test_one_sentence_says_what_to_install(missing: str, monkeypatch) -> None:
    monkeypatch.delitem(sys.modules, "lrdsl.web.server")
    monkeypatch.delattr(lrdsl.web, "server")
    for name in [m for m in sys.modules if m.partition(".")[0] == missing]:
        monkeypatch.setitem(sys.modules, name, None)
    result = CliRunner().invoke(cli, ["serve", "--no-open"])
    assert (result.exit_code, result.stdout) == (3, "")
    assert re.fullmatch(
        rf"Error: {missing}[\w.]* is missing: pip install 'lrdsl\[serve\]'\n", result.stderr
    )


def test_a_port_that_is_taken_is_said() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "lrdsl", "serve", "--port", str(port), "--no-open"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 3
    assert f"port {port}" in done.stderr
    assert "--port 0" in done.stderr
