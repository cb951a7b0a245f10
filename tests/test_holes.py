"""Programs with holes: what is certain is said, at its place, and nothing else."""

import re
from typing import Any

import pytest
import strategies as S
from hypothesis import given
from hypothesis import strategies as st

import lrdsl
from lrdsl.configs import holes, read
from lrdsl.configs.holes import Hole, absolute, check, fill, find, known
from lrdsl.diagnostics import Span

RUN = {"total": "90ep"}


def said(text: str, **options: Any) -> list[tuple[str, str]]:
    """The codes found, each with what it points at."""
    return [(d.code, d.span.of(text)) for d in check(text, **RUN | options)]


# --- finding holes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("warmup(${a.b})", [("${a.b}", "a.b")]),
        ("warmup(${ a.b })", [("${ a.b }", "a.b")]),
        ("${.a} ${..b.c}", [("${.a}", ".a"), ("${..b.c}", "..b.c")]),
        ("${a[0].b[c]}", [("${a[0].b[c]}", "a.0.b.c")]),
        ("${oc.env:W,5}", [("${oc.env:W,5}", None)]),
        ("${oc.env:W,'a}b'} 1", [("${oc.env:W,'a}b'}", None)]),
        ("${a.${b}} ${c}", [("${a.${b}}", None), ("${c}", "c")]),
        ("${f:{x: 1}}", [("${f:{x: 1}}", None)]),
        (r"\${a}", []),
        (r"\\${a}", [("${a}", "a")]),
        ("${a", []),
        (
            "{{ w }}ep {% if x %} {# no #}",
            [("{{ w }}", None), ("{% if x %}", None), ("{# no #}", None)],
        ),
        ("{{ w", []),
        ("???", [("???", None)]),
        ("${*.a}", [("${*.a}", None)]),
        ("$a {b} %(c)s", []),
    ],
)
def test_holes_are_found_as_omegaconf_reads_them(text, found) -> None:
    assert [(h.text, h.key) for h in find(text)] == found
    assert all(h.span.of(text) == h.text for h in find(text))


def test_the_fields_of_an_f_string_are_holes() -> None:
    text = "warmup({w}ep) >> cosine(end={lo['a']:{width}})"
    assert [h.text for h in find(text, formatted=True)] == ["{w}", "{lo['a']:{width}}"]
    assert find("{", formatted=True) == []


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("x.y", "x.y"),
        (".y", "a.b.y"),
        ("..y", "a.y"),
        ("...y", "y"),
        ("....y", None),
    ],
)
def test_a_relative_key_is_beside_the_program(key, meant) -> None:
    assert absolute(key, "a.b.c") == meant


@given(st.lists(st.tuples(st.text("ab ", max_size=3), st.text("xy", max_size=3)), max_size=5))
def test_every_part_of_a_filled_text_is_traced_back(parts) -> None:
    text, spans, values = "", [], []
    for before, value in parts:
        text += before
        spans.append(Hole(Span(len(text), len(text) + 2), "[]"))
        text += "[]"
        values.append(value)
    made = fill(text, spans, values)
    assert made.text == "".join(before + value for before, value in parts)
    for i, c in enumerate(made.text):
        assert made.origin(Span(i, i + 1)).of(text) == ("[]" if c in "xy" else c)


# --- known values ---------------------------------------------------------------------------------

CONFIG = """\
trainer: {warmup: 5, epochs: 90, lr: 1e-3, on: true, none: null, list: [1]}
alias: ${trainer.warmup}
loop: ${pool}
pool: ${loop}
optim:
  warmup: 7
  deep: warmup(${alias}ep) >> cosine(end=${.floor})
  floor: 1e-5
"""


@pytest.mark.parametrize(
    ("hole", "value"),
    [
        ("${trainer.warmup}", "5"),
        ("${.warmup}", "7"),
        ("${..trainer.lr}", "1e-3"),
        ("${alias}", "5"),
        ("${.deep}", "warmup(5ep) >> cosine(end=1e-5)"),
        ("${trainer.on}", "True"),
        ("${trainer.none}", None),
        ("${trainer.list}", None),
        ("${trainer}", None),
        ("${nowhere}", None),
        ("${loop}", None),
        ("${oc.env:HOME}", None),
    ],
)
def test_a_value_of_the_same_file_fills_a_hole(hole, value) -> None:
    found = known(f"a {hole} b", "optim.schedule", read(CONFIG, "c.yaml"))
    assert found == ({} if value is None else {hole: value})


def test_what_is_known_is_checked_for_what_it_is() -> None:
    text = "warmup(${w}ep) >> cosine(89ep)"
    assert said(text, values={"${w}": "1"}) == []
    (found,) = check(text, values={"${w}": "5"}, **RUN)
    assert (found.code, found.span.of(text)) == ("LR402", "cosine(89ep)")
    assert "warmup 5ep + cosine 89ep = 94ep" in found.message


def test_what_a_value_does_wrong_is_shown_at_its_hole() -> None:
    text = "warmup(${w}) >> cosin"
    assert said(text, values={"${w}": "5 parsecs"}) == [("LR202", "${w}"), ("LR101", "cosin")]


def test_a_fix_is_where_the_text_is_and_never_in_a_hole() -> None:
    text = "warmup(${w}) >> cosin"
    (found,) = check(text, values={"${w}": "5"}, **RUN)
    assert found.fix is not None
    assert found.fix.apply(text) == "warmup(${w}) >> cosine"
    (found,) = check("warmup(5) >> ${s}", values={"${s}": "cosin"}, **RUN)
    assert found.fix is None


# --- unknown values -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "${s}",
        "???",
        "warmup(${w}) >> cosine",
        "warmup(${w}ep, ${start}) >> cosine(${d}, end=${e})",
        "warmup(${w}) >> hold(${h}) >> linear(${d}) >> cosine(89ep)",
        "warmup(1e-${n}) >> cosine",
        "${name}(5ep) >> cosine",
        "${name}(every=5ep, factor=0.5)",
        "cosine(${keywords})",
        "cosine(end=1e-5${more})",
        "warmup(5ep, shape=${s}) >> cosine(grid=${g})",
        "cosine(50ep) ${operator} linear",
        "multistep(at=${at}, factor=${f})",
        "points(${points})",
        "points([[0, ${a}], [${b}, 0]])",
        "warmup(5ep) >> tanh(-6, ${ub}) * restarts(${n}, t_mul=${m}) + noise(${p})",
        "warmup(5ep) >> cosine * ${modifier}",
        "cosine[${a}:${b}]",
        "warmup(${w}) >> cosine(30ep)",
        "cosine(${d})",
        "{{ head }} >> cosine(end={{ e }})",
        "{% if x %}cosine{% endif %}",
        "${f}(5ep >> cosin",  # what that call takes, and where it ends
    ],
)
def test_nothing_is_said_of_what_a_hole_may_make_right(text) -> None:
    assert said(text, lr=0.1) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("warmup(${w}) >> cosin", [("LR101", "cosin")]),
        ("${s} >> cosin(${d})", [("LR101", "cosin")]),
        ("warmup(${w} >> cosine", [("LR004", "(")]),
        ("cosine(${a}, shap=3)", [("LR102", "shap")]),
        ("${name}(5ep) >> linear(end=10%)", [("LR205", "10%")]),
        ("cosine(end=${e}) >> hold >> linear(0.5)", [("LR203", "0.5")]),
        ("warmup(${w}) >> cosine(95ep)", [("LR402", "cosine(95ep)")]),
        ("{{ a }} >> cosin", [("LR101", "cosin")]),
        ("warmup(${w}) >> cosine(40ep) >> linear + noise(0.1)", [("LR801", "noise(0.1)")]),
    ],
)
def test_what_no_value_makes_right_is_said(text, found) -> None:
    assert said(text) == found


def test_a_message_that_depends_on_a_hole_says_what_was_taken() -> None:
    (found,) = check("warmup(${w}) >> cosine(95ep)", **RUN)
    assert found.help is not None
    assert found.help.endswith("\n${w} is taken to be 1")
    (found,) = check("warmup(${w}) >> cosin", **RUN)
    assert found.help == "did you mean cosine?"


def test_a_hole_that_stands_twice_is_one_value() -> None:
    assert said("warmup(${w}) >> cosine(90ep) >> hold(${w})") == []
    assert said("${s} >> ${s} >> cosin") == [("LR101", "cosin")]


def test_a_name_of_the_host_is_a_hole() -> None:
    text = "warmup(W) >> cosin(end=E)"
    assert sorted(said(text)) == [("LR101", "E"), ("LR101", "W"), ("LR101", "cosin")]
    assert said(text, unknown=["W", "E", "unused"]) == [("LR101", "cosin")]
    assert said("warmup(W) >> cosine(end=E*lr)", unknown=["W", "E"], names={"V": "5ep"}) == []
    assert said("W = 5 parsecs; warmup(W) >> cosine", unknown=["W"]) == [("LR202", "parsecs")]


def test_many_holes_are_left_alone() -> None:
    text = " >> ".join(f"linear(${{a{i}}})" for i in range(holes.MOST + 1))
    assert said(f"{text} >> cosin") == []


_TOKEN = re.compile(r"\d+(?:\.\d+)?(?:e-?\d+)?(?:ep|st|%)?|[a-z_]+")


@given(plan=S.plans(), data=st.data())
def test_a_hole_in_place_of_anything_right_is_not_wrong(plan, data) -> None:
    text, run = plan.program, plan.run.as_dict()
    before = {d.code for d in lrdsl.check(text, **run)}
    token = data.draw(st.sampled_from(list(_TOKEN.finditer(text))))
    holed = f"{text[: token.start()]}${{x}}{text[token.end() :]}"
    assert {d.code for d in check(holed, **run)} <= before


@given(plan=S.plans())
def test_without_holes_it_is_what_check_says(plan) -> None:
    run = plan.run.as_dict()
    assert check(plan.program, **run) == lrdsl.check(plan.program, **run)
