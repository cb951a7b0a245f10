"""`lrdsl check` of programs: what it prints, and what it exits with."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from terminal import CLEAN, COULD_NOT_RUN, FINDINGS, USAGE, WARNED, run, write

import lrdsl
from lrdsl.cli import checking, cli

pytestmark = pytest.mark.usefixtures("elsewhere")


@pytest.mark.parametrize(
    ("arguments", "code", "summary"),
    [
        (["warmup(5ep) >> cosine(85ep)", "--total", "90ep"], CLEAN, "no findings"),
        (["warmup(5) >> cosine", "--total", "90ep", "--lr", "0.1"], CLEAN, "no findings"),
        (["warmup(5ep) >> cosin"], FINDINGS, "1 error"),
        (["warmup(5 >> cosin"], FINDINGS, "2 errors"),
        ([WARNED, "--total", "90ep"], CLEAN, "1 warning"),
        ([WARNED, "--total", "90ep", "--error-on-warning"], FINDINGS, "1 warning"),
        (["cosin", "--exit-zero"], CLEAN, "1 error"),
        (["cosine(95ep)", "--total", "90ep"], FINDINGS, "1 error"),
        (["cosine(95ep)", "--total", "90ep", "--truncate"], CLEAN, "no findings"),
        (["warmup(W) >> cosine", "--name", "W=5ep", "--total", "90ep"], CLEAN, "no findings"),
        (["warmup(100st) >> cosine", "--total", "90ep"], FINDINGS, "1 error"),
        (
            ["warmup(100st) >> cosine", "--total", "90ep", "--steps-per-epoch", "50"],
            CLEAN,
            "no findings",
        ),
    ],
)
def test_check_says_how_it_went_in_its_exit_code_and_on_stderr(arguments, code, summary) -> None:
    result = run("check", *arguments)
    assert result.exit_code == code, result.output
    assert result.stderr == f"checked 1 program: {summary}\n"
    assert (result.stdout == "") == (summary == "no findings")


def test_check_prints_what_the_error_prints() -> None:
    result = run("check", "warmup(5ep) >> cosin")
    with pytest.raises(lrdsl.LrdslError) as caught:
        lrdsl.compile("warmup(5ep) >> cosin")
    assert result.stdout == f"{caught.value}\n"


def test_a_long_check_shows_in_a_terminal_how_far_it_is(monkeypatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for i in range(checking.MANY):
        write(f"{i}.yaml", "schedule: hold\n")
    for error, shows in ((Terminal(), True), (io.StringIO(), False)):
        monkeypatch.setattr(sys, "stderr", error)
        cli(["check", ".", "--total", "9"], standalone_mode=False)
        assert ("checking" in error.getvalue()) is shows
        assert "100%" in error.getvalue() or not shows


def test_check_reads_stdin() -> None:
    assert run("check", "-", stdin="warmup(5ep) >> cosine(85ep)").exit_code == CLEAN
    result = run("check", "-", stdin="warmup(5ep)\n>> cosin\n")
    assert result.exit_code == FINDINGS
    assert "--> <stdin>:2:4" in result.stdout


def test_check_reads_a_file_that_holds_one_program() -> None:
    path = write("a.lr", "\ufeffwarmup(5ep) # up\r\n>> cosin\r\n")
    result = run("check", path)
    assert result.exit_code == FINDINGS
    assert "--> a.lr:2:4" in result.stdout


def test_check_reads_several_inputs() -> None:
    good, bad = write("good.lr", "hold"), write("bad.lr", "cosin")
    result = run("check", good, bad, "hold", "--format", "concise")
    assert result.exit_code == FINDINGS
    assert result.stdout == "bad.lr:1:1: error[LR101] cosin is not known here\n"
    assert result.stderr == "checked 3 programs in 2 files: 1 error\n"


CONFIG = """\
trainer: {epochs: 90, steps: 50}
optim:
  lr: 0.1
  schedule: warmup(5) >> cosin
  groups:
    - lr_schedule: 'hold(10%) >>'
"""


@pytest.mark.parametrize("path", ["nowhere/", "./nowhere", "/nowhere/at/all", "../nowhere"])
def test_a_path_that_leads_nowhere_is_no_program(path: str) -> None:
    result = run("check", path)
    assert (result.exit_code, result.stdout) == (COULD_NOT_RUN, "")
    assert f"Error: {Path(path)}: No such file or directory" in result.stderr


def test_a_folder_without_programs_is_said_to_have_none() -> None:
    Path("conf").mkdir()
    write("conf/c.yaml", "lr: 0.1\n")
    result = run("check", "conf")
    assert (result.exit_code, result.stdout) == (CLEAN, "")
    assert result.stderr == "checked 0 programs: no findings\n"


def test_an_ignore_of_what_this_run_does_not_look_for_is_not_unused() -> None:
    path = write("c.yaml", "schedule: cosine(50ep) >> hold  # lrdsl: ignore[LR811, LR101]\n")
    for options, codes in (
        ((), ["LR101"]),  # whether the program is too short, no one knows
        (("--ignore", "LR101"), []),
        (("--total", "90ep"), ["LR811", "LR101"]),
        (("--total", "90ep", "--ignore", "LR8"), ["LR101"]),
    ):
        found = json.loads(run("check", path, "--format", "json", *options).stdout)
        said = [d["message"] for d in found if d["code"] == "LR902"]
        assert said == [f"there is no {code} here to be silenced" for code in codes], options


def test_what_is_found_in_a_file_and_in_what_hydra_makes_of_it_is_said_once() -> None:
    pytest.importorskip("hydra")
    Path("conf").mkdir()
    write("conf/config.yaml", "schedule: cosin\n")
    result = run("check", "conf", "--hydra", "conf", "--format", "concise")
    assert result.stdout == "conf/config.yaml:1:11: error[LR101] cosin is not known here\n"


@pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")
def test_an_interrupted_check_is_exit_3() -> None:
    line = [sys.executable, "-c", INTERRUPTED]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60)
    assert done.returncode == COULD_NOT_RUN
    assert (done.stdout, done.stderr.strip()) == ("", "Error: interrupted")


INTERRUPTED = """
import sys
from lrdsl import session
from lrdsl.cli import cli
def interrupted(*_):
    raise KeyboardInterrupt
session.load = interrupted
cli(["check", "hold"])
"""


def test_check_points_into_a_yaml_file() -> None:
    result = run("check", write("c.yaml", CONFIG), "--format", "concise")
    assert result.exit_code == FINDINGS
    places = [line.split(": ")[0] for line in result.stdout.splitlines()]
    lines = CONFIG.split("\n")
    assert places[0] == f"c.yaml:4:{lines[3].index('cosin') + 1}"
    assert places[1].startswith("c.yaml:6:")
    assert result.stderr == "checked 2 programs: 2 errors\n"


def test_check_shows_the_line_of_the_file() -> None:
    result = run("check", write("c.yaml", CONFIG), "--key", "optim.schedule")
    assert result.stdout == (
        "error[LR101]: cosin is not known here\n"
        "  --> c.yaml:4:26\n"
        "  |\n"
        "4 |   schedule: warmup(5) >> cosin\n"
        "  |                          ^^^^^\n"
        "   = help: did you mean cosine?\n"
        "   = fix: write cosine: warmup(5) >> cosine\n"
    )


def test_check_takes_the_run_from_the_yaml_file() -> None:
    path = write("c.yaml", "epochs: 90\nlr: 1e-3\nspe: 10\nschedule: warmup(5st) >> cosine(95ep)\n")
    wanted = ["--total-from", "epochs", "--tick", "ep", "--steps-per-epoch-from", "spe"]
    result = run("check", path, *wanted, "--lr-from", "lr")
    assert result.exit_code == FINDINGS
    assert "LR402" in result.stdout
    assert "the run is 90ep" in result.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--total-from", "epoch"], "c.yaml: epoch: there is no such key"),
        (["--total-from", "trainer"], "c.yaml: trainer: it is not a plain value"),
        (["--lr-from", "name"], "c.yaml: name: 'resnet' is not a finite number"),
        (["--key", "a.b", "--key", "c"], "c.yaml: no key a.b or c: name it with --key"),
    ],
)
def test_a_key_that_is_not_there_is_no_clean_run(options, message: str) -> None:
    path = write("c.yaml", "trainer: {epochs: 90}\nname: resnet\nschedule: hold\n")
    result = run("check", path, *options)
    assert (result.exit_code, result.stdout) == (COULD_NOT_RUN, "")
    assert result.stderr == f"Error: {message}\n"


def test_a_program_that_yaml_cut_says_so_once() -> None:
    path = write("c.yaml", "{schedule: 'hold', x: {schedule: warmup((5, 1e-5) >> cosine}}\n")
    result = run("check", path)
    assert result.stdout.count("YAML ended this text at a comma") == 1
    assert "1:43" in result.stdout


def test_stdin_may_be_a_config() -> None:
    result = run("check", "-", "--stdin-filename", "c.yaml", stdin=CONFIG)
    assert (result.exit_code, "c.yaml:" in result.stdout) == (FINDINGS, True)
    assert result.stdout == run("check", write("c.yaml", CONFIG)).stdout
    text = "# mine\nschedule: warmup( 5ep)>>cosine\n"
    result = run("fmt", "-", "--stdin-filename", "new.yaml", stdin=text)
    assert (result.exit_code, result.stdout) == (CLEAN, "# mine\nschedule: warmup(5ep) >> cosine\n")
    result = run("fmt", "-", "--stdin-filename", "new.yaml", stdin="lr: 0.1\n")
    assert (result.exit_code, result.stdout) == (CLEAN, "lr: 0.1\n")
    for command in (["check", "--fix"], ["fmt", "--write"]):
        result = run(*command, "-", "--stdin-filename", "new.yaml", stdin=text)
        assert result.exit_code == USAGE


def test_a_word_that_means_nothing_is_said_to_be_no_file() -> None:
    result = run("check", "configs", "warmup(5ep) >> cosin", "--format", "concise")
    assert result.exit_code == COULD_NOT_RUN
    assert result.stderr.startswith(
        "Error: configs: no such file or folder; as a program: configs is not known here\n"
    )
    assert result.stdout == "program:1:16: error[LR101] cosin is not known here\n"


def test_findings_are_json_with_places() -> None:
    result = run("check", write("c.yaml", CONFIG), "--format", "json")
    assert result.exit_code == FINDINGS
    first, _ = json.loads(result.stdout)
    assert first["code"] == "LR101"
    place = {k: first[k] for k in ("file", "key", "line", "column", "end_line", "end_column")}
    assert place == {
        **{"file": "c.yaml", "key": "optim.schedule"},
        **{"line": 4, "column": 26, "end_line": 4, "end_column": 31},
    }
    assert first["fix"]["edits"] == [{"span": [13, 18], "text": "cosine"}]


def test_no_findings_are_an_empty_list_in_json() -> None:
    result = run("check", "hold", "--format", "json")
    assert (result.exit_code, json.loads(result.stdout)) == (CLEAN, [])
