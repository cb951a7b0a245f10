"""`lrdsl import`: a program on stdout that can be pasted and piped, all else on stderr."""

import json
import os
import subprocess
import sys
from functools import partial

import golden
import pytest
import terminal
from terminal import CLEAN, COULD_NOT_RUN, FINDINGS, USAGE, python_m

import lrdsl
from lrdsl.systems import names
from lrdsl.systems.words import value

run = partial(terminal.run, "import")
LRFN = {
    "LR_START": 1e-5,
    "LR_MAX": 1e-3,
    "LR_RAMPUP_EPOCHS": 5,
    "LR_SUSTAIN_EPOCHS": 0,
    "LR_STEP_DECAY": 0.8,
}
WORDS = [f"{name}={number}" for name, number in LRFN.items()]
PROGRAM = "warmup(5, start=1e-5, end=0.001) >> step(every=2, factor=0.8)"
NOTE = "the decay is a staircase of two epochs: the function divides by 2 with //"
SAID = f"run: tick=ep\nnote: {NOTE}\n"


# --- the program ----------------------------------------------------------------------------------


def test_stdout_has_the_program_and_stderr_the_rest() -> None:
    result = run("deotte.lrfn", *WORDS)
    assert (result.exit_code, result.stdout, result.stderr) == (CLEAN, PROGRAM + "\n", SAID)


def test_the_line_of_the_readme() -> None:
    words = "timm.tanh t_initial=50 t_mul=2 warmup_t=5 warmup_lr_init=1e-5 --base-lr 1e-4"
    result = run(*words.split())
    assert (result.exit_code, result.stdout.count("\n")) == (CLEAN, 1)
    arguments = {"t_initial": 50, "t_mul": 2, "warmup_t": 5, "warmup_lr_init": 1e-5}
    assert result.stdout.strip() == lrdsl.migrate("timm.tanh", arguments, base_lr=1e-4).program


def test_the_run_is_said_with_its_total() -> None:
    result = run("torch.CosineAnnealingLR", "T_max=90", "--base-lr", "0.1")
    assert (result.stdout, result.stderr) == ("cosine(90)\n", "run: total=90 tick=st\n")


def test_a_run_that_ends_earlier_is_said() -> None:
    result = run("torch.CosineAnnealingLR", "T_max=90", "--total", "45")
    said = "run: total=45 tick=st overflow=truncate\n"
    assert (result.stdout, result.stderr) == ("cosine(90)\n", said)


def test_the_momentum_is_said() -> None:
    arguments = {"max_lr": 0.1, "total_steps": 100}
    migration = lrdsl.migrate("torch.OneCycleLR", arguments)
    result = run("torch.OneCycleLR", "max_lr=0.1", "total_steps=100")
    assert result.stdout == migration.program + "\n"
    assert result.stderr.splitlines()[:2] == [
        "run: total=100 tick=st",
        f"momentum: {migration.momentum}",
    ]


def test_base_rates_and_a_line_for_each_group_that_needs_its_own() -> None:
    words = ("torch.CyclicLR", "base_lr=0.01", "max_lr=[0.1, 0.2, 0.3]")
    result = run(*words, "--base-lr", "1e-3,1e-3,1e-4")
    arguments = {"base_lr": 0.01, "max_lr": [0.1, 0.2, 0.3]}
    migration = lrdsl.migrate("torch.CyclicLR", arguments, base_lr=[1e-3, 1e-3, 1e-4])
    assert result.stdout.splitlines() == list(migration.groups)
    assert len(migration.groups) == 3
    assert f"note: {migration.notes[-1]}" in result.stderr.splitlines()


def test_json_is_the_whole_migration() -> None:
    result = run("deotte.lrfn", *WORDS, "--base-lr", "1e-3", "--format", "json")
    expected = lrdsl.migrate("deotte.lrfn", LRFN, base_lr=1e-3).as_dict()
    assert (json.loads(result.stdout), result.stderr) == (expected, "")


def test_the_list_has_every_system() -> None:
    result = run("--list")
    assert (result.exit_code, result.stderr) == (CLEAN, "")
    assert result.stdout.splitlines() == list(names())


# --- the arguments --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("50", 50),
        ("1e-5", 1e-5),
        ("-6.5", -6.5),
        ("[30, 60]", [30, 60]),
        ('{"a": [1, null]}', {"a": [1, None]}),
        ("true", True),
        ("True", True),
        ("false", False),
        ("False", False),
        ("null", None),
        ("None", None),
        ("cosine", "cosine"),
        ('"cosine"', "cosine"),
        ("10ep", "10ep"),
        (".5", ".5"),  # no JSON; the system reads the number from its text
        ("", ""),
        ("a=b", "a=b"),
        ("[1, ", "[1, "),
        ("9" * 5000, "9" * 5000),  # longer than Python converts
        ("[" * 100_000, "[" * 100_000),
    ],
)
def test_a_value_is_json_or_a_word_of_python_or_a_text(text, meant) -> None:
    found = value(text)
    assert (found, type(found)) == (meant, type(meant))


@pytest.mark.parametrize("dash", [[], ["-"]])
def test_the_arguments_may_come_as_json(dash) -> None:
    result = run("deotte.lrfn", *dash, stdin=json.dumps(LRFN))
    assert (result.exit_code, result.stdout, result.stderr) == (CLEAN, PROGRAM + "\n", SAID)


@pytest.mark.parametrize("dash", [[], ["-"]])
def test_system_and_all_may_come_as_json(dash) -> None:
    asked = {"system": "deotte.lrfn", "args": LRFN, "base_lr": [1e-3, 1e-3], "t": [0], "lr": [0.1]}
    result = run(*dash, stdin=json.dumps(asked))
    expected = lrdsl.migrate("deotte.lrfn", LRFN, base_lr=[1e-3, 1e-3]).program
    assert (result.exit_code, result.stdout) == (CLEAN, expected + "\n")


def test_an_option_wins_over_the_json() -> None:
    asked = {"system": "deotte.lrfn", "args": LRFN, "base_lr": 1}
    result = run("--base-lr", "1e-3", stdin=json.dumps(asked))
    expected = lrdsl.migrate("deotte.lrfn", LRFN, base_lr=1e-3).program
    assert result.stdout == expected + "\n" != PROGRAM + "\n"


def test_words_are_not_mixed_with_standard_input() -> None:
    assert run("deotte.lrfn", *WORDS, stdin='{"LR_MAX": 7}').stdout == PROGRAM + "\n"


@pytest.mark.parametrize("case", golden.cases()[::20], ids=str)
def test_it_reads_the_tables_cases(case) -> None:
    data = case.data
    result = run("--format", "json", stdin=json.dumps(data))
    if "refused" in case.known:
        assert (result.exit_code, result.stdout) == (FINDINGS, "")
        return
    expected = lrdsl.migrate(data["system"], data["args"], base_lr=data["base_lr"])
    assert json.loads(result.stdout) == expected.as_dict()


# --- what is refused ------------------------------------------------------------------------------


def test_an_unknown_system_is_exit_1() -> None:
    result = run("deotte.lfn", *WORDS)
    assert (result.exit_code, result.stdout) == (FINDINGS, "")
    assert result.stderr == (
        "error[LR721]: 'deotte.lfn' is no system that lrdsl knows\n"
        "   = help: did you mean deotte.lrfn?\n"
    )


def test_all_errors_come_at_once() -> None:
    result = run("deotte.lrfn", "LR_START=x", "LR_MX=1", *WORDS[2:4])
    assert (result.exit_code, result.stdout) == (FINDINGS, "")
    assert [line for line in result.stderr.splitlines() if line.startswith("error")] == [
        "error[LR724]: deotte.lrfn: LR_START: 'x' is not a number",
        "error[LR723]: deotte.lrfn needs LR_MAX",
        "error[LR723]: deotte.lrfn needs LR_STEP_DECAY",
        "error[LR722]: deotte.lrfn has no argument 'LR_MX'",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no system is named: `lrdsl import --list` prints the names"),
        ([""], "no system is named: `lrdsl import --list` prints the names"),
        (["t_initial=50"], "a system comes first, as in timm.tanh, and not t_initial=50"),
        (["-", "t_initial=50"], "a system comes first, as in timm.tanh, and not -"),
        (["deotte.lrfn", "LR_MAX"], "Invalid value: 'LR_MAX' is not NAME=VALUE"),
        (["deotte.lrfn", "-", "LR_MAX=1"], "the arguments are NAME=VALUE or -, not both"),
        (["deotte.lrfn", "LR_MAX=1", "-"], "the arguments are NAME=VALUE or -, not both"),
        (["deotte.lrfn", "LR_MAX=1", "LR_MAX=2"], "LR_MAX is given twice"),
        (
            ["deotte.lrfn", "--base-lr", "0.1,x"],
            "Invalid value for '--base-lr': 'x' is not a finite number",
        ),
        (
            ["deotte.lrfn", "--base-lr", ""],
            "Invalid value for '--base-lr': '' is not a finite number",
        ),
        (
            ["deotte.lrfn", "--total", "nan"],
            "Invalid value for '--total': 'nan' is not a finite number",
        ),
    ],
)
def test_usage_is_exit_2(arguments, message) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (USAGE, "")
    assert result.stderr.splitlines()[-1] == f"Error: {message}"


@pytest.mark.parametrize("text", ["{}", "[]", "3", '"timm.tanh"', '{"system": 3, "args": {}}'])
def test_json_without_a_system_is_exit_2(text) -> None:
    result = run(stdin=text)
    assert (result.exit_code, result.stdout) == (USAGE, "")
    assert "no system is named" in result.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1,\n "b" 2}', "<stdin>:2:6: not JSON: Expecting ':' delimiter"),
        ("warmup(5) >> cosine", "<stdin>:1:1: not JSON: Expecting value"),
        (b"\xff", "<stdin>:1: byte 1 is not UTF-8 text"),
    ],
)
def test_what_is_no_json_is_exit_3(text, message) -> None:
    result = run("deotte.lrfn", "-", stdin=text)
    assert (result.exit_code, result.stdout) == (COULD_NOT_RUN, "")
    assert result.stderr == f"Error: {message}\n"


@pytest.mark.parametrize("text", ["[" * 100_000, "9" * 5000])
def test_json_that_is_too_long_to_read_is_exit_3(text) -> None:
    result = run("deotte.lrfn", "-", stdin=text)
    assert (result.exit_code, result.stdout) == (COULD_NOT_RUN, "")
    assert result.stderr.startswith("Error: <stdin>: ")


@pytest.mark.parametrize("text", ["[1, 2, 3]", "3", '"LR_MAX"'])
def test_json_that_holds_no_arguments_is_exit_1(text) -> None:
    result = run("deotte.lrfn", "-", stdin=text)
    assert (result.exit_code, result.stdout) == (FINDINGS, "")
    assert result.stderr.startswith("error[LR72")


# --- the whole ------------------------------------------------------------------------------------


def test_the_program_goes_through_a_pipe() -> None:
    done = python_m("import", "deotte.lrfn", *WORDS, stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stdout, done.stderr) == (CLEAN, PROGRAM + "\n", SAID)
    checked = terminal.run("check", "-", "--tick", "ep", stdin=done.stdout)
    assert (checked.exit_code, checked.stderr) == (CLEAN, "checked 1 program: no findings\n")


def test_it_waits_for_nothing_in_a_terminal() -> None:
    """Without arguments nobody is made to type JSON; what is beside the program is dimmed."""
    pty = pytest.importorskip("pty", reason="a terminal of our own needs a Unix")
    ours, theirs = pty.openpty()
    environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    terminal = {"stdin": theirs, "stderr": theirs, "env": {**environment, "TERM": "xterm"}}
    try:
        done = python_m("import", "deotte.lrfn", **terminal)
        assert (done.returncode, done.stdout) == (FINDINGS, "")
        assert b"error[LR723]: deotte.lrfn needs LR_START" in os.read(ours, 65_536)
        assert python_m("import", "deotte.lrfn", *WORDS, **terminal).stdout == PROGRAM + "\n"
        assert b"\x1b[2mrun: tick=ep" in os.read(ours, 65_536)
        terminal["env"]["NO_COLOR"] = "1"
        assert python_m("import", "deotte.lrfn", *WORDS, **terminal).stdout == PROGRAM + "\n"
        assert b"\x1b" not in os.read(ours, 65_536)
    finally:
        os.close(ours)
        os.close(theirs)


def test_the_examples_of_the_help_work(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "arguments.json").write_text('{"T_max": 90}')
    examples = run("--help").stdout.partition("Examples:\n")[2].strip().split("\n")
    assert len(examples) == 4
    for example in examples:
        line = f"exec {sys.executable} -m {example.strip()}"
        done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=60)
        assert done.returncode == CLEAN, (example, done.stderr)
