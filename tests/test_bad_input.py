"""Bad input through every door: each is refused with a code and a place, in little memory.

Only `LrdslError` leaves parse and compile, check never raises, and every span lies in the text.
"""

from __future__ import annotations

import contextlib
import pickle
import tracemalloc
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from strategies import CALLS, Allowed, schedules

import lrdsl
from lrdsl import LrdslError, Schedule
from lrdsl.algebra import Minimum, Sequence
from lrdsl.python import cosine, ep, hold, linear, lr, multistep, pct
from lrdsl.python import min as minimum


class Thing:
    """Something that no argument takes; its name is the same in every process."""

    def __repr__(self) -> str:
        return "a thing"


NAN, INF = float("nan"), float("inf")
MB = 1 << 20


def shown(value: object) -> str:
    """A short name for a test; very long integers have no decimal text."""
    try:
        return ascii(value)[:60]
    except ValueError:
        return "a very long integer"


def refused(work: Callable[[], Any], *, room: int = 24 * MB) -> LrdslError:
    """The error of something that is refused: it prints, it pickles, and it cost little.

    64 KiB of one-character tokens are the most that is read: some 15 MB as lark's objects.
    """
    lrdsl.compile("warmup(5) >> cosine", total=90)  # what is built once is not counted
    tracemalloc.start()
    try:
        with pytest.raises(LrdslError) as caught:
            work()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    error = caught.value
    assert peak < room, f"{peak / MB:.1f} MB"
    sound(error)
    return error


def sound(error: LrdslError) -> None:
    assert error.diagnostics
    for d in error.diagnostics:
        assert d.code.startswith("LR")
        assert d.message
        assert 0 <= d.span.start <= d.span.end <= len(error.text), d
        if d.fix is not None:
            assert all(0 <= e.span.start <= e.span.end <= len(error.text) for e in d.fix.edits)
    assert error.diagnostics[0].code in str(error)
    again = pickle.loads(pickle.dumps(error))
    assert again.diagnostics == error.diagnostics
    assert str(again) == str(error)


def codes(error: LrdslError) -> list[str]:
    return [d.code for d in error.diagnostics]


def doubled(op: str, first: str = "cosine(1)", times: int = 30) -> str:
    """``a0 = ..; a1 = a0 op a0; ..``: two to the power of `times` operands."""
    lines = [f"a0 = {first}"] + [f"a{i + 1} = {op.format(f'a{i}')}" for i in range(times)]
    return "; ".join(lines) + f"; a{times}"


def joined(op: str, operands: int, times: int) -> str:
    """A chain, joined to itself so many times."""
    return f"h = hold; a = {op.join(['h'] * operands)}; {op.join(['a'] * times)}"


# --- texts ----------------------------------------------------------------------------------------

TEXTS = {
    "empty": ("", "LR001"),
    "blank": (" \n\t ", "LR001"),
    "comment": ("# warmup", "LR001"),
    "zeros": ("\0" * 100, "LR002"),
    "binary": (bytes(range(256)).decode("latin-1"), "LR002"),
    "utf-16": ("hold".encode("utf-16").decode("latin-1"), "LR002"),
    "10 MB": ("hold >> " * (10 * MB // 8), "LR601"),
    "10 MB of brackets": ("(" * (10 * MB), "LR601"),
    "100,000 parentheses": ("(" * 100_000 + "hold" + ")" * 100_000, "LR601"),
    "30,000 parentheses": ("(" * 30_000 + "hold" + ")" * 30_000, "LR602"),
    "30,000 brackets": ("[" * 30_000 + "1" + "]" * 30_000, "LR602"),
    "closed 60,000 times": (")" * 60_000, "LR004"),
    "10,000 slices": ("hold" + "[1:]" * 10_000, "LR602"),
    "2,000 noises": ("hold" + " + noise(0.1)" * 2_000, "LR602"),
    "2,000 snaps": ("hold" + " * snap(2)" * 2_000, "LR602"),
    "2,000 steps": (" >> ".join(["hold(1)"] * 2_000), "LR402"),
    "5,000 factors": ("hold" + "*2" * 5_000, "LR502"),
    "a factor beyond floats": ("1e999*hold", "LR502"),
    "15,000 long factors": ("hold" + "*1.1" * 15_000, "LR604"),
    "60,000 equal signs": ("=" * 60_000, "LR006"),
    "40,000 minus signs": ("-" * 40_000 + "$", "LR003"),
    "60,000 commas": ("," * 60_000, "LR003"),
    "30,000 names": ("a " * 30_000, "LR003"),
    "long name": ("a" * 60_000, "LR101"),
    "long number": ("1" * 60_000, "LR604"),
    "long decimal": ("0." + "1" * 60_000, "LR604"),
    "20,000 unknown names": ("x+" * 20_000 + "x", "LR101"),
    "4,000 wrong arguments": ("hold(ends=1)>>" * 4_000 + "hold", "LR102"),
    "15,000 bindings of one name": ("a=1;" * 15_000 + "hold", "LR107"),
    "exponent": ("1e999999999", "LR604"),
    "exponent in a call": ("hold(value=1e999999999)", "LR604"),
    "beyond floats": ("hold(value=1e999)", "LR502"),
    "nothing but a value beyond floats": ("1e400*lr", "LR502"),
    "a quantity too long to compute with": (f"hold({'9' * 1_190}e999T st)", "LR604"),
    "a share too long to compute with": ("hold(value=1e9999% lr)", "LR604"),
    "a group that is called": ("(cosine(3))(5)", "LR003"),
    "a number where a unit may be": ("hold(5 1e-)", "LR005"),
    "a slice that starts before its schedule": ("cosine(10)[-20:]", "LR308"),
    "million entries": (f"multistep(at=[{'1,' * 1_000_000}])", "LR601"),
    "30,000 entries": (f"multistep(at=[{'1,' * 30_000}])", "LR605"),
    "doubled sums": (doubled("{0} + {0}"), "LR603"),
    "doubled products": (doubled("{0} * {0}"), "LR603"),
    "doubled sequences": (doubled("{0} >> {0}"), "LR603"),
    "doubled overlays": (doubled("{0} | {0}"), "LR603"),
    "doubled minima": (doubled("min({0}, {0})"), "LR603"),
    "joined sequences": (joined(">>", 9_000, 9), "LR603"),
    "joined overlays, in vain": (joined("|", 9_000, 9) + "|5", "LR304"),
    "a square of overlays": (joined("|", 10_000, 10_000), "LR603"),
    "doubled cycles": (doubled("{0} * restarts(limit=2)"), "LR602"),
    "squared numbers": (doubled("{0} * {0}", "1.1"), "LR604"),
    "squared times": (doubled("{0} * {0}", "5ep"), "LR204"),
    "doubled lists": (
        doubled("[{0}, {0}]", "[1]") + "; multistep(at=a30)",
        "LR204",
    ),
    "half a tanh": ("tanh(-6)", "LR103"),
    "open bracket": ("warmup(5", "LR004"),
    "smart quotes": ("“cosine”", "LR006"),
    "a dash": ("1 – cosine", "LR006"),
    "an arrow": ("hold -> cosine", "LR006"),
    "unknown name": ("cosin(5)", "LR101"),
    "unknown argument": ("cosine(5, ends=1)", "LR102"),
    "unknown unit": ("cosine(5 hours)", "LR202"),
    "NaN": ("hold(value=nan)", "LR101"),
    "infinity": ("hold(value=inf)", "LR101"),
    "by zero": ("hold(value=1/0)", "LR502"),
    "negative length": ("hold(-5)", "LR501"),
    "negative length of a unit": ("linear(5% - 10%)", "LR501"),
    "empty cycle": ("cosine(0) * restarts", "LR501"),
    "no time": ("step(every=0, factor=0.5)", "LR501"),
    "too long": ("warmup(50) >> cosine(90)", "LR402"),
    "far too long": ("linear(1e999)", "LR402"),
    "lone surrogate": ("hold \ud800", "LR002"),
    "emoji": ("hold 🎉", "LR002"),
    "right to left": ("\u202ehold\u202c", "LR002"),
    "byte order mark inside": ("hold >> \ufeffcosine", "LR006"),
}


@pytest.mark.parametrize(("text", "code"), TEXTS.values(), ids=TEXTS)
def test_a_bad_text_is_refused(text: str, code: str) -> None:
    error = refused(lambda: lrdsl.compile(text, total=100, tick="st", steps_per_epoch=1))
    assert codes(error)[0] == code
    assert len(error.diagnostics) <= 20
    assert len(str(error)) < 64 * 1024


@pytest.mark.parametrize("text", [t for t, _ in TEXTS.values()], ids=TEXTS)
def test_check_says_the_same_and_does_not_raise(text: str) -> None:
    found = lrdsl.check(text, total=100, tick="st", steps_per_epoch=1)
    assert any(d.severity == "error" for d in found)
    assert all(0 <= d.span.start <= d.span.end <= len(text) for d in found)


def test_lengths_that_exceed_the_run_are_added_up() -> None:
    error = refused(lambda: lrdsl.compile("warmup(5ep) >> cosine(90ep)", total="90ep"))
    assert "warmup 5ep + cosine 90ep = 95ep, the run is 90ep" in str(error)


def test_numbers_in_messages_stay_short() -> None:
    error = refused(lambda: lrdsl.compile("linear(1e999)", total=100))
    assert len(error.diagnostics[0].message) < 200


@pytest.mark.parametrize(
    "text", [None, b"hold", bytearray(b"hold"), 5, NAN, Thing(), [], {}, ("a",)]
)
def test_what_is_no_text_is_no_program(text: Any) -> None:
    for work in (lrdsl.parse, lrdsl.format, lambda t: lrdsl.compile(t, total=5)):
        assert codes(refused(lambda work=work: work(text))) == ["LR001"]
    assert [d.code for d in lrdsl.check(text)] == ["LR001"]


# --- large programs that are legal ----------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        " + ".join(["hold(1)"] * 1_000),
        " * ".join(["hold(1)"] * 1_000),
        " >> ".join(["hold(1)"] * 1_000),
        " >> ".join(["(hold(1) + noise(0.1))"] * 500),
        " >> ".join(["(0.5*cosine(1) + lr)"] * 500),
        f"min({', '.join(['hold(1)'] * 1_000)})",
        "-" * 10_000 + "hold",
        "(" * 99 + "hold" + ")" * 99,
        "cosine" + "[1:]" * 90,
        doubled("{0} * restarts(limit=2)", times=8),
        doubled("{0} | {0}", times=6),
    ],
    ids=lambda text: text[:24],
)
def test_a_large_program_is_a_program(text: str) -> None:
    s = lrdsl.parse(text)
    assert lrdsl.parse(str(s)) == s
    assert lrdsl.compile(s, total=2000)(0.5, lr=0.1) == lrdsl.compile(text, total=2000)(0.5, lr=0.1)


@pytest.mark.parametrize("op", ["|", "+", "*", ">>"])
def test_long_chains_are_compiled_or_refused(op: str) -> None:
    text = f" {op} ".join(["hold(1)"] * 1_500)
    try:
        lrdsl.compile(text, total=10_000)(3.0)
    except LrdslError as error:
        sound(error)


# --- the arguments of a run -----------------------------------------------------------------------

ARGUMENTS: list[tuple[dict[str, Any], str]] = [
    ({"total": None}, "LR702"),
    ({"total": NAN}, "LR704"),
    ({"total": INF}, "LR704"),
    ({"total": -INF}, "LR704"),
    ({"total": 0}, "LR704"),
    ({"total": -5}, "LR704"),
    ({"total": True}, "LR704"),
    ({"total": b"90ep"}, "LR704"),
    ({"total": Thing()}, "LR704"),
    ({"total": []}, "LR704"),
    ({"total": {}}, "LR704"),
    ({"total": np.float64(NAN)}, "LR704"),
    ({"total": np.array([1.0, 2.0])}, "LR704"),
    ({"total": ""}, "LR704"),
    ({"total": "90"}, ""),
    ({"total": "90 epochs"}, ""),
    ({"total": "90 hours"}, "LR704"),
    ({"total": "-90ep"}, "LR704"),
    ({"total": "50%"}, "LR704"),
    ({"total": "cosine"}, "LR704"),
    ({"total": "nan"}, "LR704"),
    ({"total": "1e999999999"}, "LR704"),
    ({"total": "(" * 1000}, "LR704"),
    ({"total": "1ep" * 100_000}, "LR704"),
    ({"total": 10**10_000}, "LR704"),
    ({"total": 90, "tick": "hour"}, "LR704"),
    ({"total": 90, "tick": "%"}, "LR704"),
    ({"total": 90, "tick": ""}, "LR704"),
    ({"total": 90, "tick": 5}, "LR704"),
    ({"total": 90, "tick": b"st"}, "LR704"),
    ({"total": 90, "tick": []}, "LR704"),
    ({"total": 90, "tick": {}}, "LR704"),
    ({"total": 90, "overflow": "wrap"}, "LR704"),
    ({"total": 90, "overflow": None}, "LR704"),
    ({"total": 90, "overflow": []}, "LR704"),
    *(
        ({"total": 90, rate: value}, "LR704")
        for rate in ("steps_per_epoch", "tokens_per_step", "examples_per_step")
        for value in (0, -1, NAN, INF, "ten", "", b"1", Thing(), [], {}, True, np.zeros(3))
    ),
]


@pytest.mark.parametrize(("run", "code"), ARGUMENTS, ids=shown)
def test_a_bad_run_is_refused(run: dict[str, Any], code: str) -> None:
    text = "warmup(5) >> cosine"
    if not code:
        assert lrdsl.compile(text, **run).total == 90
        return
    error = refused(lambda: lrdsl.compile(text, **run))
    assert codes(error) == [code]
    assert len(str(error)) < 4_000
    found = lrdsl.check(text, **run)
    if run["total"] is not None:
        assert code in [d.code for d in found]
    schedule = lrdsl.parse(text)
    assert codes(refused(lambda: lrdsl.compile(schedule, **run))) == [code]


NAMES: list[Any] = [
    {"x": NAN},
    {"x": INF},
    {"x": np.float64(NAN)},
    {"x": None},
    {"x": b"1"},
    {"x": Thing()},
    {"x": []},
    {"x": {}},
    {"x": "hold >>"},
    {"x": ""},
    {"x": "x"},
    {"x": "a = 1; a"},
    {"x": True},
    {"cosine": 1},
    {"lr": 1},
    {"": 1},
    {"a b": 1},
    {5: 1},
    {None: 1},
    {"é": 1},
    ["x"],
    "x",
    5,
    Thing(),
]


@pytest.mark.parametrize("names", NAMES, ids=shown)
def test_a_bad_name_is_refused(names: Any) -> None:
    error = refused(lambda: lrdsl.compile("hold(value=x)", total=5, names=names))
    assert codes(error)[0] in ("LR705", "LR101")
    assert any(d.severity == "error" for d in lrdsl.check("hold(value=x)", total=5, names=names))


def test_a_value_of_the_hosts_is_no_factor_of_a_schedule() -> None:
    value = lrdsl.parse("0.1*lr + 0.5")
    for text in ("cosine * f", "cosine * f * 5", "cosine * f >> hold"):
        error = refused(lambda text=text: lrdsl.compile(text, total=5, names={"f": value}))
        assert codes(error) == ["LR306"]
        assert "put the rate first: (0.1*lr + 0.5)*s" in (error.diagnostics[0].help or "")


def test_huge_runs_are_runs() -> None:
    for total in (10**18, 10**300, "1e300ep", Fraction(10**40, 3)):
        plan = lrdsl.compile("warmup(10%) >> cosine", total=total)
        assert plan(0) == 0
        assert plan(float(Fraction(plan.run.total or 0) / 10)) == pytest.approx(1, abs=1e-12)
        error = refused(plan.table)
        assert codes(error) == ["LR707"]


def test_without_a_total() -> None:
    assert codes(refused(lambda: lrdsl.compile("cosine"))) == ["LR701"]
    assert codes(refused(lambda: lrdsl.compile("hold(10%)"))) == ["LR701"]
    assert codes(refused(lambda: lrdsl.compile("warmup(5)"))) == ["LR702"]
    assert codes(refused(lambda: lrdsl.compile("hold").table())) == ["LR701"]


# --- evaluation -----------------------------------------------------------------------------------

PLAN = lrdsl.compile("warmup(5) >> cosine", total=90)


@pytest.mark.parametrize(
    "t",
    [
        NAN,
        INF,
        -INF,
        -1,
        -1e-300,
        np.float64(NAN),
        np.array([1.0, NAN]),
        np.array([INF]),
        np.array(-1.0),
        [1, -1],
        None,
        "5",
        b"5",
        Thing(),
        {},
        [None],
        ["a"],
        [[1], [1, 2]],
        1j,
        np.array([1j]),
        10**400,
    ],
    ids=shown,
)
def test_a_bad_moment_is_refused(t: Any) -> None:
    assert codes(refused(lambda: PLAN(t))) == ["LR707"]
    assert codes(refused(lambda: PLAN.affine(t))) == ["LR707"]


@pytest.mark.parametrize("rate", [NAN, INF, -INF, None, "a", b"1", Thing(), [], {}, 1j], ids=shown)
def test_a_bad_base_rate_is_refused(rate: Any) -> None:
    for t in (7, np.arange(9.0)):
        assert codes(refused(lambda t=t: PLAN(t, lr=rate))) == ["LR707"]
    assert codes(refused(lambda: PLAN.table(lr=rate))) == ["LR707"]


def test_a_rate_that_is_not_finite_is_refused() -> None:
    plan = lrdsl.compile("1e10*linear", total=1000)
    assert plan(500) == 5e9
    assert codes(refused(lambda: plan(1, lr=1e300))) == ["LR502"]
    assert codes(refused(lambda: plan([999, 1], lr=1e300))) == ["LR502"]
    assert codes(refused(lambda: plan.table(lr=1e300))) == ["LR502"]
    text = "exponential(every=1, factor=1e9)"
    later = lrdsl.compile(text, tick="st")
    assert later(1) == 1e9
    assert codes(refused(lambda: later(1000))) == ["LR502"]
    assert codes(refused(lambda: later([0, 1000]))) == ["LR502"]
    assert codes(refused(lambda: later.affine(1000))) == ["LR502"]
    assert codes(refused(lambda: later.affine([0, 1000]))) == ["LR502"]


def test_an_exit_that_is_not_finite_is_refused_where_it_is_asked_for() -> None:
    """Inside cycles it is only known once the cycle is."""
    text = "exponential(every=1, factor=10)[:400] * restarts(t_mul=2, limit=2) >> linear(3)"
    plan = lrdsl.compile(text, tick="st")
    assert plan(0) == 1
    assert codes(refused(lambda: plan(1_200))) == ["LR502"]


def test_a_product_that_is_not_finite_is_refused() -> None:
    plan = lrdsl.compile("1e308*exponential(every=1, factor=10)", tick="st")
    assert plan.affine(0) == (1e308, 0)
    assert codes(refused(lambda: plan.affine(5))) == ["LR502"]


def test_roots_of_negative_numbers_are_refused() -> None:
    """Python's are complex, numpy's are NaN: neither is a rate."""
    for text in (
        "geometric(end=0.001 - 0.5*lr)",
        "min(geometric(end=0.001 - 0.5*lr), 1)",
        "clip(geometric(end=0.001 - 0.5*lr), 0, 1)",
    ):
        plan = lrdsl.compile(text, total=100)
        assert codes(refused(lambda plan=plan: plan(30))) == ["LR502"]
        assert codes(refused(lambda plan=plan: plan(np.array([30.0])))) == ["LR502"]
        assert plan(30, lr=1e-3) > 0
        lrdsl.check(text, total=100, lr=1)


# --- the Python spelling --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "work",
    [
        lambda: hold(value=NAN),
        lambda: hold(value=INF),
        lambda: hold(NAN),
        lambda: hold(NAN * ep),
        lambda: NAN * ep,
        lambda: INF * lr,
        lambda: lr + NAN,
        lambda: lr / 0,
        lambda: NAN * cosine(),
        lambda: cosine() * INF,
        lambda: cosine() / 0,
        lambda: cosine() + NAN,
        lambda: cosine() >> 5,
        lambda: cosine() / cosine(),
        lambda: cosine()[NAN:],
        lambda: cosine()[-1:],
        lambda: cosine()[5:3],
        lambda: cosine()[0.5:],
        lambda: cosine(0.5),
        lambda: cosine(end=10 * pct),
        lambda: cosine(5 * ep) + 5 * ep,
        lambda: multistep(at=[1] * 1_000_000, factor=0.5),
        lambda: hold(value=10**10_000),
    ],
)
def test_bad_python_is_refused_like_bad_text(work: Callable[[], Any]) -> None:
    refused(work, room=64 * MB)


ODD = [None, b"x", Thing(), {}, [], NAN, INF, "\ud800", 1j, 10**5000, [[[]]], True]


@pytest.mark.parametrize("kind", sorted(CALLS))
@pytest.mark.parametrize("value", ODD, ids=shown)
def test_no_field_takes_anything(kind: str, value: Any) -> None:
    """Classes refuse with pydantic's own error, or make something that prints."""
    cls = CALLS[kind]
    for name in cls.model_fields:
        made = None
        with contextlib.suppress(ValidationError):
            made = cls.model_validate({"kind": kind, name: value})
        assert isinstance(str(made), str)


def test_deep_trees_built_in_python_are_refused() -> None:
    s: Schedule = cosine(1)
    for _ in range(10_000):
        s = -s
    assert str(s) == "cosine(1)"

    def nested() -> Schedule:
        s: Schedule = cosine(1)
        for _ in range(500):
            s = linear(1) + (hold(1) * s)
        return s

    for build in (
        lambda: str(nested()),
        lambda: lrdsl.compile(nested(), total=100),
    ):
        assert codes(refused(build, room=128 * MB))[0] == "LR602"


def test_wide_trees_built_in_python_are_refused() -> None:
    s: Schedule = cosine(1)
    for _ in range(30):
        s = linear(1) + s * s
    assert codes(refused(lambda: lrdsl.compile(s, total=100)))[0] == "LR603"
    assert codes(refused(lambda: str(s)))[0] == "LR603"
    many = [hold(1)] * 65_537
    assert codes(refused(lambda: minimum(*many), room=128 * MB))[0] == "LR603"


def test_a_part_that_is_shared_is_as_deep_as_it_is() -> None:
    """Where it stands first it is not too deep."""
    shared = minimum(cosine(1), 1)
    for _ in range(58):
        shared = Minimum(operands=(shared, hold(1)))
    deep: Schedule = shared
    for _ in range(58):
        deep = Minimum(operands=(deep, hold(1)))
    whole = Minimum(operands=(shared, deep))
    assert codes(refused(lambda: str(whole))) == ["LR602"]


def test_a_schedule_whose_text_is_too_long_is_still_told_what_is_wrong() -> None:
    whole = Sequence(operands=(hold(1),) * 20_000)
    error = refused(lambda: lrdsl.compile(whole, total=100), room=128 * MB)
    assert codes(error) == ["LR402"]


def test_json_of_another_shape_is_refused() -> None:
    for text in (
        "",
        "null",
        "[]",
        "5e999",
        '{"kind": "nothing"}',
        '{"kind": "hold", "over": NaN}',
        '{"kind": "hold", "value": Infinity}',
        '{"kind": "hold", "value": {"lr": "1/0"}}',
        '{"kind": "hold", "over": {"hours": 1}}',
        '{"kind": "sequence", "operands": []}',
        '{"kind": "sequence", "operands": [1, 2]}',
        f'{{"kind": "multistep", "factor": 0.5, "at": {list(range(1_001))}}}',
        '{"kind": "product", "operands": [{"kind": "cosine"},'
        ' {"kind": "constant", "value": {"lr": 1}}]}',
        '{"kind": "scaled", "factor": 2, "body": ' * 300 + "1" + "}" * 300,
        "[" * 100_000,
    ):
        with pytest.raises((ValueError, LrdslError)):
            Schedule.model_validate_json(text)


# --- arbitrary text -------------------------------------------------------------------------------

WORDS = [
    *sorted(CALLS),
    *[
        "lr",
        "min",
        "max",
        "onecycle",
        "wsd",
        "cyclic",
        "noam",
        "next",
        "x",
        "y",
        "ep",
        "st",
        "%",
        "k",
        "0",
        "1",
        "5",
        "0.5",
        "1e-3",
        "1e400",
        "10k",
        "3",
        ".",
    ],
    *[
        ">>",
        "|",
        "+",
        "-",
        "*",
        "/",
        "(",
        ")",
        "[",
        "]",
        ",",
        ":",
        "=",
        ";",
        "#",
        "->",
        "–",
        "“",
        "\x00",
        "🎉",
        "�",
    ],
    "over=",
    "end=",
    "limit=",
    "until=",
    "every=",
    "factor=",
    "\n",
]
soup = st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join)


@st.composite
def damaged(draw: Callable[..., Any]) -> str:
    """A valid program after a few cuts, doublings and insertions."""
    text = str(draw(schedules(Allowed(depth=2))))
    for _ in range(draw(st.integers(1, 4))):
        a = draw(st.integers(0, len(text)))
        b = draw(st.integers(a, min(len(text), a + 8)))
        middle = draw(st.sampled_from(["", text[a:b] * 2, *WORDS]))
        text = text[:a] + middle + text[b:]
    return text


def survives(text: str) -> None:
    """Whatever the text, the three doors agree and nothing but LrdslError comes out."""
    found = lrdsl.check(text, total=100, tick="st", steps_per_epoch=7, overflow="truncate")
    assert all(0 <= d.span.start <= d.span.end <= len(text) for d in found), found
    errors = [d for d in found if d.severity == "error"]
    try:
        plan = lrdsl.compile(text, total=100, tick="st", steps_per_epoch=7, overflow="truncate")
    except LrdslError as error:
        sound(error)
        assert errors
    else:
        assert not errors
        assert lrdsl.parse(plan.program) == plan.schedule
    lrdsl.check(text)


@given(st.text(max_size=60))
@example("\r")
@example("[]")
@example("=")
def test_any_text_is_a_program_or_an_error(text: str) -> None:
    survives(text)


@settings(max_examples=60)
@given(soup)
@example("min()")
@example("a = ; a")
@example("( )")
@example("hold [ ]")
@example("= [ ) : hold( ; =")
def test_any_soup_of_words_is_a_program_or_an_error(text: str) -> None:
    survives(text)


@settings(max_examples=60)
@given(damaged())
def test_any_damaged_program_is_a_program_or_an_error(text: str) -> None:
    survives(text)


def test_an_unclosed_interpolation_has_no_certain_fix() -> None:
    assert not any(d.fix and d.fix.certain for d in lrdsl.check("${warmup"))
    assert any(d.fix and d.fix.certain for d in lrdsl.check("multistep({5, 9})"))


@pytest.mark.parametrize(
    ("text", "codes"), [("restarts[:30]", ["LR301"]), ("(cosine,", ["LR004", "LR003"])]
)
def test_where_nothing_is_certain_there_is_no_fix(text: str, codes: list[str]) -> None:
    """No schedule stands before the slice to be put into brackets; a bracket is open."""
    found = lrdsl.check(text, total=100)
    assert [d.code for d in found] == codes
    assert found[-1].fix is None


def test_a_comma_at_the_end_of_a_binding_is_no_comma_at_the_end_of_a_program() -> None:
    messages = [d.message for d in lrdsl.check("x=cosine,", total=100)]
    assert messages == ["a binding ends with `;`, not with `,`"]
