"""The command line: exit codes, a clean stdout, and places in files."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
from contextlib import redirect_stdout
from importlib import metadata
from pathlib import Path

import pytest
from terminal import CLEAN, COULD_NOT_RUN, FINDINGS, USAGE, WARNED, python_m, run, write

import lrdsl
from lrdsl.cli import formatting, main
from lrdsl.codes import CODES

pytestmark = pytest.mark.usefixtures("elsewhere")


# --- what cannot run ------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["check", "fmt", "show", "explain", "table"])
@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing.lr", None, "missing.lr: No such file or directory"),
        ("configs/missing.yaml", None, "configs/missing.yaml: No such file or directory"),
        ("a.lr", b"hold\nhold\xff", "a.lr:2: byte 10 is not UTF-8 text"),
        ("a.lr", b"hold\0", "a.lr: a binary file"),
    ],
)
def test_a_file_that_cannot_be_read_is_exit_3(command, name, content, message) -> None:
    if content is not None:
        write(name, content)
    result = run(command, name)
    assert (result.exit_code, result.stdout) == (COULD_NOT_RUN, "")
    assert result.stderr == f"Error: {message}\n"


def test_yaml_that_is_broken_is_exit_3() -> None:
    result = run("check", write("c.yml", "a: [1\nb: 2"))
    assert result.exit_code == COULD_NOT_RUN
    assert result.stderr.startswith("Error: c.yml:2:2: not YAML: ")


def test_what_can_be_read_is_checked_before_exit_3() -> None:
    result = run("check", "missing.lr", "cosin", "--exit-zero")
    assert result.exit_code == COULD_NOT_RUN
    assert "LR101" in result.stdout


def test_findings_that_cannot_be_written_are_exit_3() -> None:
    result = run("check", "hold", "--format", "json=no/findings.json")
    assert (result.exit_code, result.stdout) == (COULD_NOT_RUN, "")
    assert result.stderr == "Error: no/findings.json: No such file or directory\n"


@pytest.mark.parametrize(
    ("command", "text"),
    [(("fmt", "--write"), "hold( 9) >> hold\n"), (("check", "--fix"), "hold(9) > hold\n")],
)
def test_a_file_that_cannot_be_written_back_is_exit_3_and_as_it_was(command, text: str) -> None:
    # a name so long that the file that is to take its place gets none, whoever runs this
    path = write("a" * 250 + ".lr", text)
    result = run(*command, path)
    assert result.exit_code == COULD_NOT_RUN
    assert f"Error: {path}: " in result.stderr
    assert Path(path).read_text() == text


def test_fix_says_what_it_leaves_as_it_is() -> None:
    text = "{schedule: hold(9 > hold, k: 1}\n"
    path = write("c.yaml", text)
    result = run("check", path, "--fix")
    assert result.exit_code == FINDINGS
    note = "schedule: left as it is, because YAML ended it at a comma: quote it"
    assert note in result.stderr
    assert Path(path).read_text() == text


def test_what_hydra_cannot_compose_is_exit_3() -> None:
    pytest.importorskip("hydra")
    result = run("check", "--hydra", "nowhere")
    assert (result.exit_code, result.stdout) == (COULD_NOT_RUN, "")
    assert "Error: nowhere: " in result.stderr


def test_stdin_that_is_not_text_is_exit_3() -> None:
    result = run("check", "-", stdin=b"\xff\xfe")
    assert result.exit_code == COULD_NOT_RUN
    assert result.stderr == "Error: <stdin>:1: byte 1 is not UTF-8 text\n"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["chek"],
        ["check"],
        ["check", "hold", "--lr", "nan"],
        ["check", "hold", "--steps-per-epoch", "ten"],
        ["check", "hold", "--name", "W"],
        ["check", "hold", "--format", "xml"],
        ["check", "c.yaml", "--total-from", "epochs", "--total", "90ep"],
        ["fmt", "hold", "--write"],
        ["check", "hold", "--total", "90 parsecs"],
        ["check", "hold", "--select", "LR999"],
        ["check", "hold", "--format", "full", "--format", "json"],
        ["fmt", "c.yaml", "--config", "missing.toml"],
        ["explain", "LR999"],
        ["table", "hold", "--total", "9", "--every", "0"],
        ["table", "hold", "--total", "9", "--at", "lr"],
        ["table", "hold", "--total", "9", "--at", "5 >"],
        ["table", "hold", "--total", "1000000000000"],
        ["table", "hold", "--total", "9", "--at", "1e400"],
        ["table", "hold", "--total", "9", "--at", "1e400/3"],
        ["fmt", "broken/c.yaml"],
        ["check", "hold", "--fix"],
        ["check", "-", "--fix"],
        ["check", "--hydra", "conf", "--fix"],
        ["check", "c.yaml", "--override", "epochs=3"],
    ],
)
def test_usage_is_exit_2(arguments) -> None:
    write("c.yaml", "epochs: 90\nschedule: hold\n")
    Path("broken").mkdir()
    write("broken/pyproject.toml", "[tool.lrdsl]\nnothing = 1\n")
    write("broken/c.yaml", "schedule: hold\n")
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (USAGE, "")
    assert "Usage" in result.stderr


@pytest.mark.parametrize("command", ["fmt", "show", "explain", "table"])
def test_a_program_with_errors_is_exit_1_and_no_answer(command: str) -> None:
    result = run(command, "warmup(5ep) >> cosin")
    assert (result.exit_code, result.stdout) == (FINDINGS, "")
    assert "error[LR101]: cosin is not known here\n  --> program:1:16" in result.stderr


@pytest.mark.parametrize("command", ["fmt", "show", "explain", "table"])
@pytest.mark.parametrize(
    ("text", "code"),
    [("{schedule: warmup(5, 1e-6) >> cosine, lr: 0.1}", "LR901"), ("schedule: 0.1\n", "LR904")],
)
def test_what_a_file_has_in_place_of_a_program_has_no_answer(command, text, code: str) -> None:
    path = write("c.yaml", text)
    result = run(command, path, *(() if command == "fmt" else ("--total", "9")))
    assert (result.exit_code, result.stdout) == (FINDINGS, "")
    assert f"error[{code}]" in result.stderr


@pytest.mark.parametrize("command", ["show", "explain", "table"])
def test_a_file_without_a_program_has_no_answer(command: str) -> None:
    result = run(command, write("c.yaml", "lr: 0.1\n"))
    assert (result.exit_code, result.stdout) == (COULD_NOT_RUN, "")
    assert result.stderr.startswith("Error: c.yaml: no key **.schedule or **.lr_schedule")


@pytest.mark.parametrize("command", ["show", "table"])
def test_a_rate_that_is_not_finite_has_no_answer(command: str) -> None:
    result = run(command, "1e300 * hold", "--lr", "1e300", "--total", "9")
    assert (result.exit_code, result.stdout) == (FINDINGS, "")
    assert "error[LR502]: the rate is not finite at t = 0" in result.stderr


def test_a_table_of_every_update_needs_the_end_of_the_run() -> None:
    result = run("table", "hold")
    assert (result.exit_code, result.stdout) == (FINDINGS, "")
    assert "error[LR701]: a table lists every update of the run" in result.stderr


def test_a_run_may_be_longer_than_anything_that_counts() -> None:
    """2^63 is the longest range that has a length."""
    long = run("show", "hold(1e300) >> cosine", "--total", "2e300st")
    assert (long.exit_code, long.stderr) == (CLEAN, "")
    assert "0st .. 1.00000e+300st" in long.stdout
    table = run("table", "cosine", "--total", "1e30st")
    assert (table.exit_code, table.stdout) == (USAGE, "")
    assert "are too many for a table: give --every" in table.stderr
    some = run("table", "cosine", "--total", "1e30st", "--every", str(10**30 // 4))
    assert (some.exit_code, len(some.stdout.splitlines())) == (CLEAN, 5)
    result = run("show", "cosine", "--total", "90ep", "--steps-per-epoch", "1e308", "--tick", "st")
    assert "the total is larger than a float can hold" in result.stderr


@pytest.mark.parametrize("command", ["show", "explain", "table"])
def test_a_run_that_is_not_known_is_exit_1_and_one_not_usable_is_exit_2(command: str) -> None:
    result = run(command, "warmup(5ep) >> cosine")
    assert (result.exit_code, result.stdout) == (FINDINGS, "")
    assert "error[LR701]" in result.stderr
    result = run(command, "warmup(5ep) >> cosine", "--total", "0")
    assert (result.exit_code, result.stdout) == (USAGE, "")
    assert "--total: the total must be positive, not 0" in result.stderr


# --- fmt ------------------------------------------------------------------------------------------


def test_fmt_prints_the_canonical_text() -> None:
    for arguments, stdin in (
        (["warmup( 5 epochs )>>cosine()"], None),
        (["-"], "warmup(5 ep)>>cosine"),
    ):
        result = run("fmt", *arguments, stdin=stdin)
        assert (result.exit_code, result.stdout) == (CLEAN, "warmup(5ep) >> cosine\n")


@pytest.mark.parametrize("text", ["", "a: 1\n", "a: 1"])
def test_fmt_prints_a_file_without_programs_as_it_is(text: str, tmp_path: Path) -> None:
    config = tmp_path / "other.yaml"
    config.write_text(text)
    found = run("fmt", str(config))
    assert found.exit_code == 0
    assert found.stdout.rstrip("\n") == text.rstrip("\n")
    assert bool(found.stdout) == bool(text)


def test_fmt_says_what_yaml_has_cut_and_not_what_follows_from_it() -> None:
    result = run("fmt", write("c.yaml", "{schedule: warmup(5, 1e-6) >> cosine, lr: 0.1}"))
    assert result.exit_code == FINDINGS
    assert "error[LR901]" in result.stderr
    assert "LR004" not in result.stderr
    assert "warmup(5)" not in result.stderr


def test_fmt_check_finds_what_is_not_canonical() -> None:
    path = write("a.lr", "warmup( 5ep)>>cosine\n")
    result = run("fmt", path, "--check")
    assert (result.exit_code, result.stdout) == (FINDINGS, "")
    assert result.stderr == "a.lr: not canonical\n"
    assert run("fmt", path, "--write").stdout == ""
    assert Path(path).read_text() == "warmup(5ep) >> cosine\n"
    assert run("fmt", path, "--check").exit_code == CLEAN
    assert run("fmt", "warmup(5ep) >> cosine", "--check").exit_code == CLEAN


def test_fmt_writes_no_file_that_has_changed_since_it_was_read(monkeypatch) -> None:
    path = write("a.lr", "warmup( 5ep)>>cosine\n")
    format_file = formatting.format_file

    def meanwhile(*arguments):
        write(path, "linear\n")
        return format_file(*arguments)

    monkeypatch.setattr(formatting, "format_file", meanwhile)
    result = run("fmt", path, "--write")
    assert (result.exit_code, result.stdout) == (COULD_NOT_RUN, "")
    assert "a.lr: left as it is: it has changed since it was read" in result.stderr
    assert Path(path).read_text() == "linear\n"


def test_fmt_diff_shows_what_would_change() -> None:
    path = write("a.lr", "warmup( 5ep)>>cosine\n")
    result = run("fmt", path, "--diff")
    assert result.exit_code == CLEAN
    assert result.stdout.splitlines()[2:] == [
        "@@ -1 +1 @@",
        "-warmup( 5ep)>>cosine",
        "+warmup(5ep) >> cosine",
    ]
    assert Path(path).read_text() == "warmup( 5ep)>>cosine\n"
    assert run("fmt", "hold", "--diff").stdout == ""


@pytest.mark.parametrize(
    ("text", "lost", "expanded"),
    [
        ("warmup( 5ep) # up\n>>cosine\n", "comments", "warmup(5ep) >> cosine\n"),
        ("W=5ep; warmup(W) >>cosine\n", "bindings", "warmup(5ep) >> cosine\n"),
        ("wsd( 5ep, 10%)\n", "recipes", "warmup(5ep) >> hold >> cooldown(10%)\n"),
        (
            "c = noam(9st); (c) * restarts( limit=2) # both\n",
            "comments and bindings and recipes",
            None,
        ),
    ],
)
def test_fmt_leaves_a_text_that_would_lose_something(text, lost, expanded) -> None:
    path = write("a.lr", text)
    result = run("fmt", path)
    assert (result.exit_code, result.stdout) == (CLEAN, text)
    assert result.stderr == f"a.lr: left as it is, for its {lost} (--expand rewrites them)\n"
    assert run("fmt", path, "--check").exit_code == CLEAN
    assert run("fmt", path, "--write").exit_code == CLEAN
    assert Path(path).read_text() == text
    if expanded is not None:
        assert run("fmt", path, "--expand").stdout == expanded
        assert run("fmt", path, "--expand", "--check").exit_code == FINDINGS


# --- show -----------------------------------------------------------------------------------------


def test_show_shows_segments_readings_curve_and_warnings() -> None:
    result = run("show", WARNED, "--total", "90ep", "--lr", "0.1")
    assert result.exit_code == CLEAN
    blocks = result.stdout.split("\n\n")
    assert blocks[0].startswith("warmup(5ep) >> cosine + noise(0.1)\n90 epochs")
    assert blocks[1].split()[:2] == ["from", "to"]
    names = [line.split()[0] for line in blocks[2].split("\n")]
    assert names == ["first", "second", "peak", "last", "mean", "area"]
    assert "┤" in blocks[3]
    assert blocks[4].startswith("warning[LR801]")
    assert result.stderr == ""


def test_show_names_each_of_several_programs() -> None:
    path = write("c.yaml", "schedule: {lr: hold, momentum: linear}\n")
    result = run("show", path, "--total", "9")
    titles = re.findall("^# .*", result.stdout, re.MULTILINE)
    assert titles == ["# c.yaml: schedule.lr", "# c.yaml: schedule.momentum"]


def test_show_goes_on_after_a_program_that_does_not_compile() -> None:
    path = write("c.yaml", "schedule: {lr: cosin, momentum: linear}\n")
    result = run("show", path, "--total", "9")
    assert result.exit_code == FINDINGS
    assert "--> c.yaml:1:16" in result.stderr
    assert "┤" in result.stdout


@pytest.mark.parametrize("columns", [40, 120])
def test_show_fits_the_terminal(columns: int, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = run("show", "warmup(5ep) >> cosine", "--total", "90ep").stdout.split("\n")
    assert columns - 2 <= max(map(len, lines)) <= columns


def test_show_is_plain_in_a_pipe_and_ascii_where_the_terminal_is() -> None:
    plain = python_m("show", "cosine", "--total", "9")
    assert (plain.returncode, plain.stderr) == (CLEAN, "")
    assert "\x1b" not in plain.stdout
    assert "┤" in plain.stdout
    ascii_only = python_m(
        "show", "cosine", "--total", "9", env={**os.environ, "PYTHONIOENCODING": "ascii"}
    )
    assert (ascii_only.returncode, ascii_only.stderr) == (CLEAN, "")
    assert ascii_only.stdout.isascii()


def in_terminal(*arguments: str, **environment: str) -> str:
    """What a command writes to a terminal."""
    pty = pytest.importorskip("pty", reason="a terminal of our own needs a Unix")
    ours, theirs = pty.openpty()
    kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "PYTHONIOENCODING")}
    process = subprocess.Popen(
        [sys.executable, "-m", "lrdsl", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        env={**kept, "TERM": "xterm", "PYTHONUTF8": "1", **environment},
    )
    os.close(theirs)
    written = b""
    while True:
        try:
            chunk = os.read(ours, 65_536)
        except OSError:  # Linux says so that the other end is closed
            break
        if not chunk:
            break
        written += chunk
    os.close(ours)
    assert process.wait(60) == CLEAN
    return written.decode()


def test_show_is_coloured_in_a_terminal_and_not_with_no_color() -> None:
    arguments = ("show", "warmup(5ep) >> cosine", "--total", "90ep")
    colored = in_terminal(*arguments)
    plain = in_terminal(*arguments, NO_COLOR="1")
    assert "\x1b[36m" in colored
    assert "\x1b" not in plain
    assert "\x1b" not in in_terminal(*arguments, TERM="dumb")
    uncolored = re.sub("\x1b\\[[0-9;]*m", "", colored).splitlines()
    assert [line.rstrip() for line in uncolored] == plain.splitlines()


# --- explain, table -------------------------------------------------------------------------------


def test_explain_says_what_the_plan_says() -> None:
    result = run("explain", "warmup(5) | cosine", "--total", "90ep")
    plan = lrdsl.compile("warmup(5) | cosine", total="90ep")
    assert (result.exit_code, result.stdout) == (CLEAN, plan.explain())


def test_explain_a_code_of_python_that_is_not_run() -> None:
    result = run("explain", "LR721")
    assert result.exit_code == CLEAN
    wrong, right = result.stdout.partition("\nWrong:\n\n")[2].split("\nRight:\n\n")
    assert (wrong, right) == tuple(
        "".join(f"    {line}\n" for line in text.split("\n"))
        for text in (CODES["LR721"].call, CODES["LR721"].right_call)
    )


@pytest.mark.parametrize("code", ["LR402", "lr801"])
def test_explain_a_code(code: str) -> None:
    result = run("explain", code)
    assert result.exit_code == CLEAN
    assert result.stdout.startswith(f"{code.upper()}: ")
    assert f"[{code.upper()}]: " in result.stdout
    assert "\nRight:\n" in result.stdout


def test_a_table_holds_every_bit_of_every_rate() -> None:
    result = run("table", "warmup(5) >> cosine", "--total", "90ep", "--lr", "0.1")
    assert result.exit_code == CLEAN
    header, *rows = csv.reader(io.StringIO(result.stdout))
    assert header == ["tick", "rate"]
    rates = lrdsl.compile("warmup(5) >> cosine", total="90ep").table(0.1).tolist()
    assert [(int(t), float(r)) for t, r in rows] == list(enumerate(rates))


def test_a_table_in_json() -> None:
    result = run("table", "linear", "--total", "10ep", "--format", "json", "--every", "4")
    assert json.loads(result.stdout) == {
        "program": "linear",
        "run": {"total": "10", "tick": "ep"},
        "lr": 1.0,
        "tick": [0, 4, 8],
        "rate": lrdsl.compile("linear", total=10)([0, 4, 8]).tolist(),
    }


def test_a_table_at_chosen_times() -> None:
    result = run("table", "linear", "--total", "10ep", *("--at", "5ep", "--at", "25%", "--at", "3"))
    assert result.stdout == "tick,rate\n5,0.5\n2.5,0.75\n3,0.7\n"
    result = run("table", "linear", "--total", "10ep", "--at", "5st")
    assert (result.exit_code, result.stdout) == (FINDINGS, "")
    assert "error[LR703]" in result.stderr


def test_a_table_is_of_one_program() -> None:
    path = write("c.yaml", "schedule: {lr: hold, momentum: linear}\n")
    result = run("table", path, "--total", "2")
    assert result.exit_code == USAGE
    assert "choose one of schedule.lr, schedule.momentum with --key" in result.stderr
    result = run("table", path, "--total", "2", "--key", "schedule.lr")
    assert result.stdout == "tick,rate\n0,1.0\n1,1.0\n"


# --- the whole ------------------------------------------------------------------------------------


def test_a_checkout_that_was_never_installed_has_no_version(monkeypatch) -> None:
    from lrdsl.reports import sarif

    def missing(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    monkeypatch.setattr(metadata, "metadata", missing)
    assert lrdsl._version() == "0+unknown"
    assert sarif._pages() == {}


def test_the_version() -> None:
    assert run("--version").stdout == f"lrdsl {lrdsl.__version__}\n"


@pytest.mark.parametrize("command", ["check", "fmt", "show", "explain", "table"])
def test_the_examples_of_the_help_are_commands_that_work(command: str) -> None:
    result = run(command, "--help")
    examples = result.stdout.partition("Examples:\n")[2].strip().split("\n")
    assert len(examples) >= 2
    write("schedule.lr", "warmup( 5ep) >> cosine(85ep)")
    config = "{epochs: 90}\noptimizer: {lr: 0.1, schedule: warmup( 5) >> cosine}\n"
    text = "trainer: " + config.replace("schedule:", "lr_schedule: hold, schedule:")
    write("config.yaml", text)
    Path("configs").mkdir()
    write("configs/a.yaml", text)
    Path("conf").mkdir()
    write("conf/train.yaml", text)
    if command == "check":
        pytest.importorskip("hydra")
    for example in examples:
        line = f"exec {sys.executable} -m {example.strip()}"
        done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=60)
        expected = FINDINGS if "--check" in example else CLEAN
        assert done.returncode == expected, (example, done.stderr)


def test_a_reader_that_goes_away_is_no_error() -> None:
    line = f"{sys.executable} -m lrdsl table hold --total 3000000 | head -n 2"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("tick,rate\n0,1.0\n", "")


def test_a_host_may_have_replaced_the_streams_and_have_no_sigpipe(monkeypatch) -> None:
    monkeypatch.setattr(sys, "argv", ["lrdsl", "--version"])
    monkeypatch.delattr(signal, "SIGPIPE", raising=False)  # as on Windows
    out = io.StringIO()
    with redirect_stdout(out), pytest.raises(SystemExit) as ended:
        main()
    assert (ended.value.code, out.getvalue()) == (CLEAN, f"lrdsl {lrdsl.__version__}\n")


def test_check_imports_nothing_that_only_show_needs() -> None:
    path = write("c.yaml", "schedule: warmup(5ep) >> cosine\n")
    code = (
        "import sys; from lrdsl.cli import cli\n"
        f"cli(['check', {path!r}, '--total', '90ep'], standalone_mode=False)\n"
        "heavy = {'numpy', 'torch', 'matplotlib', 'plotext', 'rich'}\n"
        "print(*sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (CLEAN, "\n"), done.stderr
