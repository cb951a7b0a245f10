"""Every diagnostic code: what it means, a program that gives it, and one that does not.

Data only. docs/diagnostics.md is printed from it, and so is ``lrdsl explain LR402``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from lrdsl.diagnostics import Severity

Arguments = Mapping[str, Any]
NOTHING: Arguments = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Code:
    """A diagnostic code.

    Attributes:
        code: ``LR402``.
        title: what is wrong, in a few words.
        severity: ``error``, or ``warning`` for a lint.
        text: what it means, why it is refused, and what to do.
        wrong: a program that gives the code for `run`.
        right: a program that does not for `right_run`, and says what was probably meant.
        run, right_run: arguments of `lrdsl.check`.
        call: Python that raises the code, where no program and run can.
        right_call: the same without the error.
        file: the name of the config file that `wrong` and `right` are the texts of.
    """

    code: str
    title: str
    severity: Severity
    text: str
    wrong: str = ""
    right: str = ""
    run: Arguments = field(default_factory=dict)
    right_run: Arguments = field(default_factory=dict)
    call: str = ""
    right_call: str = ""
    file: str = ""


def _error(
    code: str,
    title: str,
    text: str,
    wrong: str = "",
    right: str = "",
    run: Arguments = NOTHING,
    right_run: Arguments | None = None,
    *,
    call: str = "",
    right_call: str = "",
    severity: Severity = "error",
    file: str = "",
) -> Code:
    other = dict(run if right_run is None else right_run)
    return Code(code, title, severity, text, wrong, right, dict(run), other, call, right_call, file)


def _lint(
    code: str,
    title: str,
    text: str,
    wrong: str,
    right: str,
    run: Arguments = NOTHING,
    right_run: Arguments | None = None,
) -> Code:
    return _error(code, title, text, wrong, right, run, right_run, severity="warning")


_RUN = {"total": "100ep"}
_DOUBLED = "\n".join(
    f"{name} = {' + '.join([inner] * 10)};"
    for name, inner in (("a", "cosine"), ("b", "a"), ("c", "b"), ("d", "c"), ("e", "d"))
)

_TEXT = (
    _error(
        "LR001",
        "there is no program",
        "A program is a text with one schedule in it. This one is empty, holds comments only, or "
        "is not a text. A constant rate is written `hold`.",
        "",
        "hold",
    ),
    _error(
        "LR002",
        "a character or operator that the language does not have",
        "A program is made of names, numbers, units, brackets and the operators `>> | + - * /`. "
        "There are no powers, no comparisons and no strings: numbers are written out.",
        "cosine(end=10^-5)",
        "cosine(end=1e-5)",
        _RUN,
    ),
    _error(
        "LR003",
        "something else is expected here",
        "The text cannot be read further at this place: an operand, an operator or a comma is "
        "missing, or one too many. The message says what may stand here; the rest of the text "
        "has been checked as if it were repaired.",
        "warmup(5ep) cosine",
        "warmup(5ep) >> cosine",
        _RUN,
    ),
    _error(
        "LR004",
        "a bracket without its partner",
        "A bracket is opened and never closed, or closed and never opened. The fix puts the "
        "missing one where the call probably ends.",
        "warmup(5ep >> cosine",
        "warmup(5ep) >> cosine",
        _RUN,
    ),
    _error(
        "LR005",
        "this is not a number",
        "Numbers are written like `3`, `0.67`, `1e-5`, `1_000` or `10k`. An underscore stands "
        "between two digits, and there is one decimal point.",
        "hold(value=1.2.3)",
        "hold(value=1.23)",
        _RUN,
    ),
    _error(
        "LR006",
        "it looks like another character",
        "Typographic quotes, dashes and spaces, which editors and web pages put in, and the marks "
        "of other languages such as `->` or `==` are not part of this one. The fix writes the "
        "character that was meant.",
        "warmup(5ep) -> cosine",
        "warmup(5ep) >> cosine",
        _RUN,
    ),
)

_NAMES = (
    _error(
        "LR101",
        "an unknown name",
        "The name is none of the language's, none that this program binds before this place, and "
        "none that the host supplies. Names are case-sensitive.",
        "warmup(5ep) >> cosin",
        "warmup(5ep) >> cosine",
        _RUN,
    ),
    _error(
        "LR102",
        "an unknown argument",
        "The segment has no argument of that name. Other systems call the same thing otherwise: "
        "a curve goes from `start` to `end`, takes `over`, and is multiplied by `factor` `every` "
        "so often.",
        "cosine(50ep, eta_min=1e-5) >> hold",
        "cosine(50ep, end=1e-5) >> hold",
        _RUN,
    ),
    _error(
        "LR103",
        "an argument is missing",
        "The segment cannot do without this argument, and it has no default that would be right "
        "for most. A warmup, for one, needs a length: no other segment could take it over.",
        "warmup >> cosine",
        "warmup(5ep) >> cosine",
        _RUN,
    ),
    _error(
        "LR104",
        "too many arguments without a name",
        "Only the first one or two arguments may be given by their position, so that nobody has "
        "to count commas to read a schedule. Give the others by name.",
        "cosine(50ep, 1e-5) >> hold",
        "cosine(50ep, end=1e-5) >> hold",
        _RUN,
    ),
    _error(
        "LR105",
        "an argument is given twice",
        "One of the two would have no effect. The first may be given by its position: "
        "`cosine(100ep, over=90ep)` gives the length twice.",
        "cosine(100ep, over=90ep)",
        "cosine(100ep)",
        _RUN,
    ),
    _error(
        "LR106",
        "an unknown option word",
        "Some arguments take one of a few words, such as `shape=cosine` or `grid=left`. The "
        "message lists them. `next` is a word of `end=` alone.",
        "warmup(5ep, shape=cosin) >> cosine",
        "warmup(5ep, shape=cosine) >> cosine",
        _RUN,
    ),
    _error(
        "LR107",
        "this name cannot be bound",
        "A binding gives a new name to something, once. It may not take a name of the language, "
        "because the same text would then mean two things in one program.",
        "lr = 1e-3; warmup(5ep) >> cosine",
        "peak = 1e-3; warmup(5ep, end=peak) >> cosine",
        _RUN,
    ),
    _error(
        "LR108",
        "an argument without a name after one with a name",
        "Arguments by position come first, as in Python: after a name, positions no longer count.",
        "warmup(start=1e-6, 5ep) >> cosine",
        "warmup(5ep, start=1e-6) >> cosine",
        _RUN,
    ),
    _error(
        "LR109",
        "two arguments that exclude each other",
        "Both say the same thing in different ways: a length (`over`) and an end (`until`), a "
        "`value` and a `start`, a `factor` and the values themselves (`to`). Keep one.",
        "warmup(5ep, until=10ep) >> cosine",
        "warmup(until=10ep) >> cosine",
        _RUN,
    ),
    _error(
        "LR110",
        "called, and not callable",
        "Only segments, modifiers and recipes take arguments. `lr`, numbers and the names that a "
        "program binds stand for what they are.",
        "decay = cosine; warmup(5ep) >> decay(95ep)",
        "decay = cosine; warmup(5ep) >> decay",
        _RUN,
    ),
)

_KINDS = (
    _error(
        "LR201",
        "something of another kind is wanted here",
        "A length is a time, such as `5ep` or `10%`; a rate is a value, such as `1e-4` or "
        "`0.1*lr`; a curve is a schedule. One does not stand for the other.",
        "hold(lr)",
        "hold(value=lr)",
        _RUN,
    ),
    _error(
        "LR202",
        "an unknown unit",
        "The units are `ep`, `st`, `ex`, `tok` and `%`, or in full: epochs, steps, examples, "
        "tokens. `k M B T` multiply: `10k steps`. A rate is multiplied with `*`: `0.1*lr`.",
        "warmup(500 iters) >> cosine",
        "warmup(500 steps) >> cosine",
        {"total": "10k steps"},
    ),
    _error(
        "LR203",
        "a bare fraction as a time",
        "A number without a unit counts ticks, and a part of a tick is hardly ever meant. In "
        "other systems `warmup=0.05` silently means no warmup at all: say `5%` for a share of "
        "the run.",
        "warmup(0.05) >> cosine",
        "warmup(5%) >> cosine",
        _RUN,
    ),
    _error(
        "LR204",
        "operands that cannot be combined",
        "Times add to times, and rates to rates; both can be multiplied by a plain number. A "
        "time and a bare number cannot be added, since the number has no unit.",
        "warmup(5ep + 1) >> cosine",
        "warmup(5ep + 1ep) >> cosine",
        _RUN,
    ),
    _error(
        "LR205",
        "a time where a rate is wanted",
        "`10%` is a share of the run, everywhere. A share of the base rate is `0.1*lr`.",
        "cosine(end=10%)",
        "cosine(end=0.1*lr)",
        _RUN,
    ),
)

_OPERATORS = (
    _error(
        "LR301",
        "the slice binds tighter",
        "A slice belongs to what stands directly before it, as in Python, and a modifier alone "
        "has no parts. Put the whole in parentheses.",
        "step(every=5ep, factor=0.5, over=10ep) * restarts[:40ep]",
        "(step(every=5ep, factor=0.5, over=10ep) * restarts)[:40ep]",
        {"total": "40ep"},
    ),
    _error(
        "LR302",
        "divided by a schedule",
        "Curves end at zero too often for a division to be safe. Multiply by the reciprocal "
        "curve instead.",
        "cosine / exponential(every=1ep, factor=0.9)",
        "cosine * exponential(every=1ep, factor=10/9)",
        _RUN,
    ),
    _error(
        "LR303",
        "a modifier without a schedule on its left",
        "`restarts`, `snap` and `noise` change the schedule on their left: they are nothing on "
        "their own, and do not come first.",
        "restarts(3) * cosine",
        "cosine * restarts(3)",
        _RUN,
    ),
    _error(
        "LR304",
        "a bare value in a sequence",
        "`>>` and `|` join schedules, which last for some time. A value does not; `hold` does.",
        "warmup(5ep) >> 1e-4",
        "warmup(5ep, end=1e-4) >> hold(value=1e-4)",
        _RUN,
    ),
    _error(
        "LR305",
        "a modifier joined by the wrong operator",
        "`restarts` and `snap` are joined with `*`, because they repeat or sample the curve; "
        "`noise` is joined with `+`.",
        "cosine + restarts(3)",
        "cosine * restarts(3)",
        _RUN,
    ),
    _error(
        "LR306",
        "a schedule multiplied by a rate",
        "A schedule is a rate already: times another rate, it would be a rate squared. Scale it "
        "by a plain number, or put the rate first and let the curve be its factor.",
        "cosine * 1e-3*lr",
        "1e-3*cosine",
        _RUN,
    ),
    _error(
        "LR307",
        "`end=next` with nothing below",
        "`next` is the value that the curve below an overlay has where this segment ends. In a "
        "sequence the next segment starts from here itself.",
        "warmup(5ep, end=next) >> cosine",
        "warmup(5ep, end=next) | cosine",
        _RUN,
    ),
    _error(
        "LR308",
        "the bounds of a slice",
        "A slice counts forward from the start of its schedule, and ends after it begins. There "
        "is no counting from the end, as Python has it.",
        "cosine(50ep, end=0.1*lr)[-10ep:] >> hold",
        "cosine(50ep, end=0.1*lr)[40ep:] >> hold",
        _RUN,
    ),
)

_LAYOUT = (
    _error(
        "LR401",
        "a length is needed here",
        "What is repeated, cut or laid over another curve must say how long it is: here nothing "
        "else does.",
        "cosine * restarts",
        "cosine * restarts(limit=4)",
        _RUN,
    ),
    _error(
        "LR402",
        "longer than the run",
        "The written lengths do not fit into the run, so its end would never be reached, and the "
        "rate would not come down. The message adds them up. For smoke runs a host may pass "
        '`overflow="truncate"`.',
        "warmup(5ep) >> cosine(90ep)",
        "warmup(5ep) >> cosine",
        {"total": "90ep"},
    ),
    _error(
        "LR403",
        "`until=` away from the start of the run",
        "`until=` is a moment of the run. It can only be used in a sequence that starts with the "
        "run, not, for one, in a cycle that comes again and again.",
        "(hold(until=20ep) >> cosine) * restarts(limit=2)",
        "(hold(20ep) >> cosine) * restarts(limit=2)",
        _RUN,
    ),
    _error(
        "LR404",
        "`until=` before the start of its segment",
        "The segment would have to end before it begins. `until=` counts from the start of the "
        "run, `over=` from the start of the segment.",
        "hold(30ep) >> cosine(until=20ep)",
        "hold(30ep) >> cosine(until=100ep)",
        _RUN,
    ),
)

_VALUES = (
    _error(
        "LR501",
        "a number out of its range",
        "Lengths are not negative, factors and powers are positive, lists that belong together "
        "are equally long.",
        "poly(power=-1)",
        "poly(power=1)",
        _RUN,
    ),
    _error(
        "LR502",
        "not finite",
        "The number is larger than a computer's floating point can hold, or divides by zero.",
        "cosine(end=lr/0)",
        "cosine(end=lr/10)",
        _RUN,
    ),
    _error(
        "LR503",
        "geometric from or to zero",
        "A geometric curve multiplies by the same ratio at every tick: it cannot leave zero, nor "
        "reach it. Give it a small positive value.",
        "warmup(5ep, shape=geometric) >> cosine",
        "warmup(5ep, start=1e-3*lr, shape=geometric) >> cosine",
        _RUN,
    ),
    _error(
        "LR504",
        "noise without usable bounds",
        "`noise(0.67)` moves the rate by up to 67% either way. The bound must be positive, and "
        "not so far below `std` that nearly every draw is refused.",
        "cosine + noise(0)",
        "cosine + noise(0.67)",
        _RUN,
    ),
    _error(
        "LR505",
        "times that decrease",
        "Milestones and points are written in the order in which they happen.",
        "multistep([60ep, 30ep])",
        "multistep([30ep, 60ep])",
        _RUN,
    ),
    _error(
        "LR506",
        "`limit` is a whole number of cycles",
        "`limit` is the largest number of cycles: 1, 2, 3 and so on. Without it there are as "
        "many as the run has room for.",
        "cosine * restarts(limit=2.5)",
        "cosine * restarts(limit=2)",
        _RUN,
    ),
    _error(
        "LR507",
        "cycles that shrink need `limit`",
        "With `t_mul` below 1 every cycle is shorter than the one before it, and however many "
        "there are, they end before the run. Say how many are wanted.",
        "cosine(40ep) * restarts(t_mul=0.5)",
        "cosine * restarts(t_mul=0.5, limit=3)",
        _RUN,
    ),
)

_LIMITS = (
    _error(
        "LR601",
        "the text is too long",
        "A program has at most 64 KiB. A table that long is better kept where it came from, or "
        "split: a list has at most 1,000 entries anyway.",
        call='lrdsl.compile("hold" + " " * 70_000)',
        right_call='lrdsl.compile("hold")',
    ),
    _error(
        "LR602",
        "nested too deeply",
        "Brackets and operators nest at most 100 levels deep, and cycles in cycles fewer. Bind "
        "parts to names, or leave out parentheses that change nothing.",
        "(" * 101 + "cosine" + ")" * 101,
        "cosine",
        _RUN,
    ),
    _error(
        "LR603",
        "too large once its bindings are expanded",
        "A binding stands for its text wherever its name is used, so a few lines can grow "
        "without bound. At most 65,536 parts are allowed.",
        f"{_DOUBLED}\ne",
        "a = cosine + cosine;\nb = a + a;\nb",
        _RUN,
    ),
    _error(
        "LR604",
        "a number that is too long",
        "Numbers are exact, so their size is limited: an exponent has at most 3 digits.",
        "hold(value=1e-1000)",
        "hold(value=1e-10)",
        _RUN,
    ),
    _error(
        "LR605",
        "a list that is too long",
        "A list has at most 1,000 entries. Milestones at equal distances are `step(every=..)`.",
        call='lrdsl.compile(f"multistep({list(range(1001))})")',
        right_call='lrdsl.compile("step(every=1ep, factor=0.99)")',
    ),
    _error(
        "LR606",
        "too many cycles of unequal length",
        "Cycles of equal length cost nothing, however many they are; those that grow or shrink "
        "each need an entry in a table of at most 65,536.",
        "cosine * restarts(limit=100k, t_mul=1.0001)",
        "cosine * restarts(limit=100k)",
        {"total": "1M steps"},
    ),
)

_HOST = (
    _error(
        "LR701",
        "the total of the run is missing",
        "A segment without a length fills the run, and `10%` is a share of it: both need the "
        "run's total.",
        "warmup(5ep) >> cosine",
        "warmup(5ep) >> cosine",
        {"tick": "ep"},
        {"total": "90ep"},
    ),
    _error(
        "LR702",
        "it is not known what a tick is",
        "A tick is the period at which the rate is updated. It is the unit of the total, or the "
        "one unit of the program; where these do not tell, name it with `tick=`.",
        "warmup(500st) >> cosine(90ep) >> hold",
        "warmup(500st) >> cosine(90ep) >> hold",
        {"steps_per_epoch": 1251},
        {"tick": "st", "steps_per_epoch": 1251},
    ),
    _error(
        "LR703",
        "a conversion is missing",
        "The program counts in another unit than the host, and how one converts to the other is "
        "never guessed. Give what the message names.",
        "warmup(2000st) >> cosine",
        "warmup(2000st) >> cosine",
        {"total": "90ep"},
        {"total": "90ep", "steps_per_epoch": 1251},
    ),
    _error(
        "LR704",
        "an unusable description of the run",
        "The total is a positive number of ticks or a quantity such as `90ep`; a tick is `ep`, "
        "`st`, `ex` or `tok`; the conversions are positive numbers.",
        "warmup(5%) >> cosine",
        "warmup(5%) >> cosine",
        {"total": "90 parsecs"},
        {"total": "90ep"},
    ),
    _error(
        "LR705",
        "an unusable name from the host",
        "`names=` maps names that the language does not have to numbers, schedules, or texts "
        "that stand for either.",
        "warmup(5ep) >> cosine",
        "warmup(W) >> cosine",
        {"total": "90ep", "names": {"cosine": "linear"}},
        {"total": "90ep", "names": {"W": "5ep"}},
    ),
    _error(
        "LR706",
        "not affine in the base rate",
        "Nearly every program is `a(t)*lr + b(t)`, so one evaluation serves all parameter "
        "groups. This one mixes shares of `lr` with absolute values in a way that is not, and has "
        "to be evaluated for each base rate.",
        call='lrdsl.compile("max(cosine, 1e-5)", total="90ep").affine(10)',
        right_call='lrdsl.compile("max(cosine, 1e-5)", total="90ep")(10, lr=0.1)',
    ),
    _error(
        "LR707",
        "a time or a rate outside the domain",
        "Times start at 0 and are finite; a base rate is a finite number. A table has at most 100 "
        "million updates.",
        call='lrdsl.compile("cosine", total="90ep")(-1)',
        right_call='lrdsl.compile("cosine", total="90ep")(0)',
    ),
    _error(
        "LR708",
        "a state that does not fit",
        "A scheduler goes on from a checkpoint of the same program, run and parameter groups. "
        "With another schedule the rate would jump in the middle of the training, unnoticed.",
        call="""import torch
from lrdsl.torch import Scheduler

optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
saved = Scheduler(optimizer, "cosine", total=90).state_dict()
Scheduler(optimizer, "linear", total=90).load_state_dict(saved)""",
        right_call="""import torch
from lrdsl.torch import Scheduler

optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
saved = Scheduler(optimizer, "cosine", total=90).state_dict()
Scheduler(optimizer, "cosine", total=90).load_state_dict(saved)""",
    ),
    _error(
        "LR721",
        "an unknown system",
        "`migrate` and `lrdsl import` know other libraries' schedulers by names such as "
        "`timm.tanh` and `torch.OneCycleLR`; `lrdsl import --list` prints them all.",
        call='lrdsl.migrate("torch.CosineAnealingLR", {"T_max": 50})',
        right_call='lrdsl.migrate("torch.CosineAnnealingLR", {"T_max": 50})',
    ),
    _error(
        "LR722",
        "an argument that the system does not have",
        "The arguments are the real constructor's own, by their own names.",
        call='lrdsl.migrate("torch.CosineAnnealingLR", {"T_max": 50, "min_lr": 1e-5})',
        right_call='lrdsl.migrate("torch.CosineAnnealingLR", {"T_max": 50, "eta_min": 1e-5})',
    ),
    _error(
        "LR723",
        "an argument that the system needs",
        "The real constructor has no default for it either.",
        call='lrdsl.migrate("torch.CosineAnnealingLR", {})',
        right_call='lrdsl.migrate("torch.CosineAnnealingLR", {"T_max": 50})',
    ),
    _error(
        "LR724",
        "an argument that the system refuses",
        "The real constructor refuses such a value, or fails on it later, or no schedule can "
        "stand for it.",
        call='lrdsl.migrate("torch.CosineAnnealingLR", {"T_max": 0})',
        right_call='lrdsl.migrate("torch.CosineAnnealingLR", {"T_max": 50})',
    ),
    _error(
        "LR725",
        "not a function of time",
        "The rate follows a metric, or a Python function that cannot be read. A schedule is a "
        "function of time alone: that is why it can be checked, drawn and resumed.",
        call='lrdsl.migrate("torch.ReduceLROnPlateau", {"patience": 3})',
        right_call='lrdsl.migrate("torch.StepLR", {"step_size": 30})',
    ),
)

_LINTS = (
    _lint(
        "LR801",
        "a modifier binds to the last segment only",
        "`*` and `+` bind tighter than `>>`, so the noise or the snap acts on the last segment "
        "alone. Parentheses say which of the two is meant.",
        "warmup(5ep) >> cosine + noise(0.1)",
        "(warmup(5ep) >> cosine) + noise(0.1)",
        _RUN,
    ),
    _lint(
        "LR802",
        "the rate jumps at a junction",
        "One segment starts far from where the one before it ended. A jump down to a written "
        "level is common; a jump up seldom is meant.",
        "warmup(5ep, end=0.5*lr) >> cosine(start=lr)",
        "warmup(5ep) >> cosine",
        _RUN,
    ),
    _lint(
        "LR803",
        "a segment is never reached",
        "What stands before it takes the whole run.",
        "warmup(100ep) >> cosine",
        "warmup(10ep) >> cosine",
        _RUN,
    ),
    _lint(
        "LR804",
        "a curve that is flat",
        "The curve starts where it ends, often because the segment before it has already come "
        "down that far.",
        "linear(50ep, end=0.1*lr) >> cosine(end=0.1*lr)",
        "linear(50ep, end=0.5*lr) >> cosine(end=0.1*lr)",
        _RUN,
    ),
    _lint(
        "LR805",
        "an absolute value among shares of `lr`",
        "In a factor `lr` is 1, so a number there is a ratio and not a rate; and a number added "
        "to a curve stays as large when the base rate changes.",
        "cosine + 1e-3",
        "cosine + 1e-3*lr",
        _RUN,
    ),
    _lint(
        "LR806",
        "an end above the base rate",
        "A bare number is an absolute rate. This one lies above the base rate, so the curve "
        "rises: probably a share of it was meant.",
        "cosine(end=0.1)",
        "cosine(end=0.1*lr)",
        {"total": "100ep", "lr": 1e-3},
    ),
    _lint(
        "LR807",
        "several segments share the rest of the run",
        "Segments without a length divide what is left equally. That is seldom what one wants to "
        "leave unsaid.",
        "warmup(5ep) >> linear(end=0.5*lr) >> cosine",
        "warmup(5ep) >> linear(45ep, end=0.5*lr) >> cosine",
        _RUN,
    ),
    _lint(
        "LR808",
        "a milestone that is never reached",
        "The run ends before this milestone: perhaps the run was shortened, or the milestones "
        "are steps and the run counts epochs.",
        "multistep([30ep, 200ep])",
        "multistep([30ep, 60ep])",
        _RUN,
    ),
    _lint(
        "LR809",
        "zero or negative before the end",
        "At rate zero nothing is learned, and the rest of the run is wasted; at a negative one "
        "the loss is driven up.",
        "cosine(50ep) >> hold",
        "cosine(50ep, end=0.01*lr) >> hold",
        _RUN,
    ),
    _lint(
        "LR810",
        "the last cycle is cut",
        "The cycles do not fill the run evenly, so it ends in the middle of one, at a high rate "
        "perhaps. `limit=` with a body without a length always fits.",
        "cosine(30ep) * restarts",
        "cosine * restarts(limit=3)",
        _RUN,
    ),
    _lint(
        "LR811",
        "shorter than the run",
        "The program ends before the run does, and its last value is held. Say so with `>> hold`, "
        "or leave out a length.",
        "linear(50ep, end=0.1*lr)",
        "linear(50ep, end=0.1*lr) >> hold",
        _RUN,
    ),
    _lint(
        "LR812",
        "two noises with one seed",
        "Both draw the same numbers at the same ticks, so they add up instead of being "
        "independent.",
        "cosine + noise(0.1) + noise(0.2)",
        "cosine + noise(0.1) + noise(0.2, seed=43)",
        _RUN,
    ),
    _lint(
        "LR813",
        "a grid that counts epochs",
        "`grid=` says where within a tick a curve is sampled. The systems that have other grids "
        "than `left` count steps, and here a tick is an epoch.",
        "warmup(5ep, grid=right) >> cosine",
        "warmup(5ep, grid=right) >> cosine",
        {"total": "90ep"},
        {"total": "90ep", "tick": "st", "steps_per_epoch": 1251},
    ),
    _lint(
        "LR814",
        "the left of `|` hides the right",
        "The left side of `|` rules while it lasts, and here that is as long as the right side, "
        "or the whole run.",
        "hold(100ep) | cosine",
        "hold(10ep) | cosine",
        _RUN,
    ),
    _lint(
        "LR815",
        "the first update changes nothing",
        "A warmup from zero makes the first update with rate zero. That is the field's habit and "
        "costs one update, so this lint is off unless it is asked for.",
        "warmup(5ep) >> cosine",
        "warmup(5ep, start=1e-3*lr) >> cosine",
        {"total": "100ep", "enable": ["LR815"]},
    ),
    _lint(
        "LR816",
        "a binding that is never used",
        "The name is bound and nothing uses it: perhaps it is misspelt where it should be used.",
        "W = 5ep; warmup(10ep) >> cosine",
        "W = 5ep; warmup(W) >> cosine",
        _RUN,
    ),
    _lint(
        "LR817",
        "the end is not reached",
        "The k-th update uses the rate at the start of tick k, so the last update comes one tick "
        "before the end of the curve: in a run of few ticks that is far from it. A cut program "
        "stops earlier still.",
        "linear",
        "linear(grid=right)",
        {"total": "5st"},
    ),
    _lint(
        "LR818",
        "high again at the end",
        "The rate has come down to its floor, and rises again until the run ends: perhaps a "
        "length is in another unit than the run, or a decay is missing. What is written with "
        "`restarts` is not meant here.",
        "cosine(60ep, end=0.01*lr) >> linear(end=lr)",
        "cosine(60ep, end=0.01*lr) >> hold",
        _RUN,
    ),
    _lint(
        "LR819",
        "constant, and not written as `hold`",
        "The curve keeps one value for most of the run: a step that never comes, a bound that is "
        "never left.",
        "step(every=200ep, factor=0.1)",
        "step(every=30ep, factor=0.1)",
        _RUN,
    ),
    _lint(
        "LR820",
        "a peak above the base rate",
        "An absolute rate lifts the curve above the base rate, which is the highest one in nearly "
        "every training. One of the two is probably not what was meant.",
        "points([[0, 0], [5ep, 0.1], [100ep, 0]])",
        "points([[0, 0], [5ep, 1e-3], [100ep, 0]])",
        {"total": "100ep", "lr": 1e-3},
    ),
    _lint(
        "LR821",
        "the run counts in another unit",
        "A run of steps that is shorter than one epoch, or one of tens of thousands of epochs: the "
        "total is probably counted in the other unit.",
        "warmup(5%) >> cosine",
        "warmup(5%) >> cosine",
        {"total": 90, "tick": "st", "steps_per_epoch": 1251},
        {"total": "90ep", "tick": "st", "steps_per_epoch": 1251},
    ),
    _lint(
        "LR822",
        "noise with the default seed",
        "Noise is the same in every run that has the same seed. Whoever repeats an experiment to "
        "average over noise writes seeds; everybody else needs none, so this lint is off unless "
        "it is asked for.",
        "cosine + noise(0.1)",
        "cosine + noise(0.1, seed=7)",
        {"total": "100ep", "enable": ["LR822"]},
    ),
    _lint(
        "LR823",
        "not the canonical text",
        "`lrdsl fmt` writes it differently: other white space, a default that is written out. Off "
        "unless it is asked for; texts with comments, bindings or recipes are left alone.",
        "warmup( 5 epochs )>>cosine",
        "warmup(5ep) >> cosine",
        {"total": "100ep", "enable": ["LR823"]},
    ),
    _lint(
        "LR824",
        "cycles written one by one",
        "The same part stands three times or more in a row, and starts at a value of its own each "
        "time: `restarts` says that in one word.",
        " >> ".join(["warmup(5ep) >> cosine(15ep)"] * 3),
        "(warmup(5ep) >> cosine(15ep)) * restarts(limit=3)",
        {"total": "60ep"},
    ),
)

_FILES = (
    _error(
        "LR901",
        "a text that YAML has cut",
        "Inside of `{..}` and `[..]` YAML ends a text without quotes at the next comma, so the "
        "rest of the program is read as another key. Quote it.",
        "{schedule: warmup(5ep, 1e-6) >> cosine, lr: 0.1}",
        '{schedule: "warmup(5ep, 1e-6) >> cosine", lr: 0.1}',
        _RUN,
        file="config.yaml",
    ),
    _error(
        "LR902",
        "a comment that silences nothing",
        "`# lrdsl: ignore[LR804] why` silences LR804 on its line, or on the next where it stands "
        "alone. This one silences nothing any more, and would hide what comes later.",
        "schedule: warmup(5ep) >> cosine # lrdsl: ignore[LR804] on purpose",
        "schedule: warmup(5ep) >> cosine",
        _RUN,
        severity="warning",
        file="config.yaml",
    ),
    _error(
        "LR903",
        "YAML reads something else",
        "A number in YAML 1.1 has a point and a sign in its exponent: `1e-4` is a text there, and "
        "`1.0e-4` a number. Whatever computes with it fails, or compares texts. OmegaConf reads "
        "and LightningCLI read it as a number: files with interpolations or other signs of Hydra, "
        "those of a Hydra tree, and those with `class_path` or `seed_everything` are left alone.",
        "lr: 1e-4\nschedule: warmup(5ep) >> cosine",
        "lr: 1.0e-4\nschedule: warmup(5ep) >> cosine",
        _RUN,
        severity="warning",
        file="config.yaml",
    ),
    _error(
        "LR904",
        "a key that holds no program",
        "A program is a text, or there is a mapping from optimizer options to texts. A number, "
        "`true` or nothing under that key is read as what it is, and not as a schedule; a number "
        "that is meant as one stands in quotes. Where no key is configured, nothing, and lists and "
        "mappings in which nothing looks like a program, are left alone.",
        '{"schedule": 3e-4}',
        '{"schedule": "3e-4"}',
        _RUN,
        file="config.json",
    ),
    _error(
        "LR905",
        "a comment that hides the lines after it",
        "In a folded block (`>`), a text in quotes that spans lines, or pieces of a Python text, "
        "the lines are joined into one, so a comment goes on to the end of the program. `|` keeps "
        "the lines.",
        "schedule: >\n  warmup(5ep) >> cosine(end=0.1*lr) # most of it\n  >> hold(5ep)",
        "schedule: |\n  warmup(5ep) >> cosine(end=0.1*lr) # most of it\n  >> hold(5ep)",
        _RUN,
        severity="warning",
        file="config.yaml",
    ),
)

CODES: dict[str, Code] = {
    c.code: c
    for group in (
        _TEXT, _NAMES, _KINDS, _OPERATORS, _LAYOUT, _VALUES, _LIMITS, _HOST, _LINTS, _FILES,
    )
    for c in group
}  # fmt: skip
