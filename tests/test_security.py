"""Each claim of docs/security.md, tested where it says so.

The claims about the process are watched from inside it: Python's audit hooks (PEP 578) report every
compilation, execution, opened file, socket and started program. A hook cannot be removed, so each
watch has an interpreter of its own.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

import lrdsl
from lrdsl.algebra import census
from lrdsl.configs import ConfigError, programs, read

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "security.md"

WATCH = """
import json, sys

events = []
WATCHED = ("compile", "exec", "open", "import", "socket", "subprocess", "os.", "shutil", "ctypes",
           "urllib", "tempfile", "marshal", "pickle", "code.__new__", "winreg", "webbrowser")


def watch(name, details):
    if name.startswith(WATCHED) and armed:
        if name == "compile":
            source, file = details
            source = source.decode() if isinstance(source, bytes) else source
            events.append([name, file if isinstance(file, str) else repr(file), source])
        elif name == "exec":
            events.append([name, details[0].co_filename])
        else:
            events.append([name, repr(details)[:200]])


armed = False
sys.addaudithook(watch)
"""

TEXTS = """
import lrdsl
import numpy as np
from lrdsl.diagnostics import render


def whole(text, **run):
    found = lrdsl.check(text, **run)
    render(found, text)
    try:
        lrdsl.format(text)
        plan = lrdsl.compile(text, **run)
        plan(3, 0.1), plan(np.arange(5.0), 0.1), plan.table(0.1), plan.explain(), plan.pieces
        if plan.is_affine:
            plan.affine(3)
    except lrdsl.LrdslError as error:
        str(error)


RUN = {"total": 100, "tick": "st", "steps_per_epoch": 7}
# what is built and imported once, at the first use of each door
whole("evil", **RUN)
whole("warmup(5) >> cosine + noise(0.1)", **RUN)
whole("(onecycle)[3:] | min(wsd(5, 5), noam(3), 0.1)", **RUN)
whole("step(every=2, factor=0.5) * restarts(limit=2, t_mul=1.5) * snap(2) + gaussian(2)", **RUN)
armed = True
for text in TEXTS:
    whole(text, **RUN)
    whole(text, total="90ep", names={"canary_name": "cosine(5)", "W": 0.5})
armed = False
print(json.dumps(events))
"""

# What somebody may write who wants something else to happen; `canary` must reach no compiler.
HOSTILE = [
    "__import__('os').system('touch canary')",
    "canary = 5; warmup(canary) >> cosine",
    "canary = cosine(5); canary >> canary * restarts",
    "canary_name >> hold",
    "warmup(5) >> cosine # __import__('os').system('canary')",
    "hold(value=canary())",
    "cosine(over=open('/etc/passwd').read())",
    "exec(canary)",
    "(lambda: canary)()",
    "cosine.__class__.__bases__[0].__subclasses__()",
    "hold >> {canary.__globals__}",
    "${oc.env:CANARY}",
    "!!python/object/apply:os.system ['canary']",
    "`canary`",
    "$(canary)",
    "hold\\n\\nimport canary",
    "hold(value=1e999)",
    "warmup(0x5) >> cosine(5j)",
    "lr if canary else lr",
    "points([[0, canary], [1, __builtins__]])",
    "restarts(limit=10**10**10)",
    "https://canary.example/schedule",
    "file:///etc/passwd",
    "@/etc/passwd",
    "../../etc/passwd",
    "multistep([3, 6], to=[lr, 0.1]) | hold + noise(0.5, seed=99)",
    "inverse(scale=3, order=2) >> tanh(-6, 4) >> wave(periods=2) - 0.001",
]


def watched(body: str, **given: Any) -> list[list[str]]:
    """The events of a program that arms the watch where it has warmed up."""
    names = "".join(f"{name} = {value!r}\n" for name, value in given.items())
    ran = subprocess.run(
        [sys.executable, "-c", WATCH + names + body],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def events() -> list[list[str]]:
    return watched(TEXTS, TEXTS=HOSTILE)


def test_no_file_network_or_program_is_touched_by_a_text(events: list[list[str]]) -> None:
    assert {name for name, *_ in events} <= {"compile", "exec"}


GENERATED = re.compile(
    r"""[ \n(),:=<>+*/.%\[\]{}-]+            # what joins
    | \d+\.?\d*(?:e[+-]?\d+)?                # numbers: the repr of a float or an int
    | \b(?:def|return|if|elif|else|and|or|not|is|None)\b
    | \b(?:t|lr|values?|affine|min|max|power|cos|tanh|sqrt|floor|pi|stair|choose)\b
    | \b(?:bisect_left|bisect_right)\b | "(?:left|right)"
    | \b(?:v|TABLE|NOISE)\d+\b              # names that lrdsl counts out
    """,
    re.X,
)


def test_nothing_that_a_user_wrote_is_compiled(events: list[list[str]]) -> None:
    """Only texts of numbers and of a fixed list of words are, and there are some."""
    sources = [(file, source) for name, file, source, *_ in (e for e in events if len(e) == 3)]
    assert len(sources) >= 8
    for file, source in sources:
        assert file.startswith("<lrdsl ")
        assert GENERATED.sub("", source) == "", source
        assert "canary" not in source
    executed = {e[1] for e in events if e[0] == "exec"}
    assert executed <= {file for file, _ in sources}


CONFIGS = {
    "evil.yaml": """
        x: !!python/object/apply:os.system ['touch canary']
        y: !!python/name:os.system
        schedule: "cosine # ${oc.env:HOME} {{ canary }}"
        z: &a [*a, !include /etc/passwd]
        """,
    "evil.json": '{"schedule": "__import__(\'canary\')", "$ref": "file:///etc/passwd"}',
    "evil.toml": "schedule = '''warmup(5) >> canary'''\n",
    "evil.py": """
        import os
        raise SystemExit(os.system('touch canary'))
        plan = lrdsl.compile("cosine" + os.environ["HOME"], total=5)
        schedule = f"warmup({__import__('os').getpid()}) >> cosine"
        """,
}

READING = """
import textwrap
import lrdsl
from lrdsl.configs import ConfigError, programs, read
from lrdsl.configs.rules import beside, hinted


def whole(text, name):
    try:
        found = programs(read(text, name))
    except ConfigError:
        return
    for p in found:
        hinted(p, [p.wrong] if p.wrong else lrdsl.check(p.text))
    list(beside(found))


for name, text in CONFIGS.items():
    whole("schedule: [", name), whole("", name)
    whole('{"schedule": "cosine"}', name), whole('schedule = "cosine"', name)
    whole(textwrap.dedent(text), name)
armed = True
for name, text in CONFIGS.items():
    whole(textwrap.dedent(text), name)
armed = False
print(json.dumps(events))
"""


def test_a_config_is_read_and_not_run() -> None:
    """Nothing is opened, imported or executed; Python files are parsed to a tree, never run."""
    found = watched(READING, CONFIGS=CONFIGS)
    assert not [e for e in found if e[0] not in ("compile", "exec")]
    assert not [e for e in found if e[0] == "exec" and not e[1].startswith("<lrdsl ")]
    for e in found:
        if e[0] == "compile" and not e[1].startswith("<lrdsl "):
            assert "canary" not in e[2] or "raise SystemExit" in e[2]  # parsed by ast, see above


@pytest.mark.parametrize("name", CONFIGS)
def test_the_command_writes_its_cache_alone(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(textwrap.dedent(CONFIGS[name]), "utf-8")
    before = {p: p.read_bytes() for p in tmp_path.iterdir()}
    ran = subprocess.run(
        [sys.executable, "-m", "lrdsl", "check", name],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode in (0, 1, 2), ran.stderr
    assert "Traceback" not in ran.stderr
    assert {p: p.read_bytes() for p in tmp_path.iterdir() if p.is_file()} == before
    assert {p.name for p in tmp_path.iterdir() if p.is_dir()} <= {".lrdsl_cache"}


# --- bounded work ---------------------------------------------------------------------------------

FULL = 16 * 1024  # a quarter of the longest text that is read: counting is slow
CURVES = "+".join(f"cosine(end=.{i % 9 + 1}*lr)" for i in range(60))
CHAIN = ">>".join(f"cosine(.001st,end=.{i % 9 + 1}*lr)" for i in range(40))
LAYERS = "|".join(f"cosine(.{i:03}st,end=next)" for i in range(1, 40)) + "|hold(.05st)"
CYCLES = ")*restarts(limit=2,t_mul=1.5)"
DOUBLED = "a=cosine;" + "".join(f"{'a' * i}a={'a' * i}+{'a' * i};" for i in range(1, 10))
BOMBS = {
    "operands": "hold(1)+" * (FULL // 8 - 1) + "hold",
    "doublings": "a=cosine;" + "".join(f"{'a' * i}a={'a' * i}+{'a' * i};" for i in range(1, 60)),
    "digits": "hold(value=" + "9" * FULL + ")",
    "cycles": "cosine(1) * restarts(t_mul=1.0001, limit=1000000)",
    "nested cycles": "cosine(1)" + " * restarts(limit=9999)" * 8,
    "errors": "x+" * (FULL // 2 - 1) + "x",
    "brackets": "(" * FULL,
    "slices": "cosine" + "[1:]" * (FULL // 4 - 2),
    "minus": "-" * (FULL - 4) + "hold",
    "comments": "hold" + "#" * (FULL - 4),
    "lines": "hold" + "\n" * (FULL - 4),
    # every level of a nest is a question about all that stands in it
    "minima": "min(" * 95 + CURVES + ",0.5*lr)" * 95,
    "maxima": "max(" * 95 + CURVES + ",0)" * 95,
    "snaps": "(" * 49 + CURVES + ")*snap(7)" * 49,
    "snapped slices": "(" * 45 + CURVES + ")[:99]*snap(7)" * 45,
    "sequences in sums": "(" * 40 + CURVES + ">>hold(1))+cosine" * 40,
    "sequences in factors": "hold*(" * 48 + "linear(end=.1)+" * 60 + "cosine" + ")" * 48,
    "unequal cycles": "a=cosine(1);" + "(" * 8 + "a+" * 60 + "a" + CYCLES * 8,
    "unequal cycles of many": "(" * 8 + CHAIN + CYCLES * 8,
    "unequal cycles of layers": "(" * 8 + LAYERS + CYCLES * 8,
    "repetitions": "cosine(start=lr)>>" * 200 + "cosine",
    "names": "a=cosine;min(" + "a+" * 1_000 + "a,lr)",
    "shared names": DOUBLED + "min(" * 80 + "a" * 10 + ",lr)" * 80,
}


def _nodes(text: str) -> int:
    """How many nodes a legal program has once its bindings are expanded."""
    try:
        return census(lrdsl.parse(text))[0]
    except lrdsl.LrdslError:
        return 0


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_work_is_bounded_by_the_limits(text: str) -> None:
    """Calls of Python functions, not seconds: at most 1,000 for every character and node.

    What stands in cycles of unequal length may cost as much again for each of them.
    """
    levels = 1 + min(text.count(CYCLES), 8)
    calls, most = 0, 1_000 * (len(text) + _nodes(text) + 100) * levels
    lrdsl.check("warmup(5) >> cosine", total=100)

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event == "call"
        if calls > most:
            raise AssertionError(f"more than {most} calls")

    sys.setprofile(count)
    try:
        lrdsl.check(text, total=100, tick="st")
    finally:
        sys.setprofile(None)
    assert calls <= most


def test_memory_is_bounded_by_the_limits() -> None:
    """256 MiB for any text; what is longer than 64 KiB is refused before it is looked at."""
    tracemalloc.start()
    try:
        for text in (BOMBS["errors"], BOMBS["doublings"], BOMBS["nested cycles"]):
            lrdsl.check(text, total=100, tick="st")
        peak = tracemalloc.get_traced_memory()[1]
        assert peak < 256 << 20
        tracemalloc.reset_peak()
        base = tracemalloc.get_traced_memory()[0]
        assert [d.code for d in lrdsl.check("hold;" * (10 << 20 >> 2))] == ["LR601"]
        assert tracemalloc.get_traced_memory()[1] - base < 64 << 20
    finally:
        tracemalloc.stop()


def test_memory_is_bounded_by_the_limits_for_a_legal_text() -> None:
    """The longest sequence that fits into a text; a check compiles it, too."""
    text = ">>".join(["cosine(1)"] * ((63 << 10) // len(">>cosine(1)")))
    tracemalloc.start()
    try:
        assert {d.code for d in lrdsl.check(text, tick="st")} == {"LR804"}
        assert tracemalloc.get_traced_memory()[1] < 256 << 20
    finally:
        tracemalloc.stop()


LAUGHS = "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 10))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.yaml", "a0: &a0 [cosine]\n" + LAUGHS + "schedule: *a9\n"),
        ("a.yaml", "schedule: " + "[" * 5_000),
        ("a.yaml", "schedule: &x [*x]\n"),
        ("a.json", '{"schedule": ' + "[" * 100_000),
        ("a.toml", "schedule = " + "[" * 10_000),
        ("a.py", "schedule = " + "(" * 5_000),
    ],
    ids=["laughs", "deep yaml", "itself", "deep json", "deep toml", "deep python"],
)
def test_a_config_that_is_a_bomb_is_refused_or_read(name: str, text: str) -> None:
    try:
        found = len(programs(read(text, name)))
    except ConfigError as error:
        found = len(str(error))
    assert found < 10_000  # programs, or characters that say why not


# --- the page -------------------------------------------------------------------------------------


def test_every_claim_names_tests_that_there_are() -> None:
    page = PAGE.read_text("utf-8")
    named = re.findall(r"`(tests/\w+\.py)(?:::(\w+))?`", page)
    assert len(named) >= 8
    for file, test in named:
        text = (ROOT / file).read_text("utf-8")
        assert not test or f"def {test}(" in text, (file, test)


def test_the_way_to_report_is_said_where_it_is_looked_for() -> None:
    assert "docs/security.md" in (ROOT / "SECURITY.md").read_text("utf-8")
