"""Programs in YAML: found by key, and every character of them at its place in the file."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import lrdsl
from lrdsl.configs import DEFAULT_KEYS, Config, ConfigError
from lrdsl.diagnostics import render

# Each file holds the unknown name `cosin` once, and nothing else that is wrong.
STYLES = {
    "plain": "schedule: warmup(5ep) >> cosin\n",
    "plain with a comment": "schedule: warmup(5ep) >> cosin # to zero\n",
    "plain over two lines": "schedule: warmup(5ep)\n    >> cosin\nlr: 0.1\n",
    "plain in a flow mapping": "{epochs: 90, schedule: warmup(5ep) >> cosin, lr: 0.1}\n",
    "single quotes": "schedule: 'warmup(5ep) >> cosin'\n",
    "single quotes over three lines": "schedule: 'warmup(5ep)\n\n  >> cosin'\n",
    "double quotes": 'schedule: "warmup(5ep) >> cosin"\n',
    "double quotes with escapes": 'schedule: "warmup(5ep)\\x20\\u003e>\\tcosin"\n',
    "double quotes with an escaped line end": 'schedule: "warmup(5ep) \\\n   >> cosin"\n',
    "literal": "schedule: |\n  warmup(5ep)\n  >> cosin\nlr: 0.1\n",
    "literal with a comment in its header": "schedule: | # two lines\n  warmup(5ep)\n  >> cosin\n",
    "literal with indents": "a:\n  schedule: |2-\n\n      warmup(5ep)\n    >> cosin\n\n\nlr: 0.1\n",
    "folded": "schedule: >-\n  warmup(5ep)\n  >> cosin\n",
    "folded with blank and indented lines": "schedule: >\n  warmup(5ep)\n\n     >>\n  cosin\n\n",
    "anchor": "schedule: &s warmup(5ep) >> cosin\n",
    "anchor and tag, then a literal": "schedule: &s !!str |\n  warmup(5ep)\n  >> cosin\n",
    "in a list": "groups:\n- schedule: warmup(5ep) >> cosin\n- lr: 0.1\n",
    "second document": "lr: 0.1\n---\nschedule: warmup(5ep) >> cosin\n",
    "beyond the basic plane": "# \N{ROCKET}\nname: \N{ROCKET}\nschedule: 'warmup(5ep) >> cosin'\n",
}


@pytest.mark.parametrize("text", STYLES.values(), ids=STYLES)
def test_a_finding_points_at_the_offending_characters_of_the_file(text: str) -> None:
    (program,) = Config(text, "c.yaml").programs()
    (found,) = lrdsl.check(program.text)
    assert found.span.of(program.text) == "cosin"

    line, column = program.locate(found.span.start)
    assert text.split("\n")[line - 1][column - 1 :].startswith("cosin")
    _, place, _, excerpt, carets, *_ = render([found], program).split("\n")
    assert place == f"  --> c.yaml:{line}:{column}"
    assert excerpt[carets.index("^") :][: carets.count("^")] == "cosin"


def test_an_escape_is_found_where_it_is_written() -> None:
    text = 'schedule: "warmup(5ep) >> \\u0063\\x6fsin"\n'
    (program,) = Config(text, "c.yaml").programs()
    (found,) = lrdsl.check(program.text)
    assert program.locate(found.span.start) == (1, text.index("\\u0063") + 1)
    assert program.locate(found.span.start + 1) == (1, text.index("\\x6f") + 1)
    assert program.locate(found.span.end) == (1, text.rindex('"') + 1)


CHARACTERS = st.sampled_from("a'\"\\ \t\n>|()[]#:,%-*&{}!é\x85\u2028\u00a0\N{ROCKET}\a")


@given(
    value=st.text(CHARACTERS | st.characters(codec="utf-8"), max_size=40),
    style=st.sampled_from([None, "'", '"', "|", ">"]),
    flow=st.booleans(),
    width=st.integers(20, 80),
)
def test_whatever_yaml_writes_is_traced_back(value, style, flow, width) -> None:
    config = {"a": {"schedule": value}, "z": 1}
    text = yaml.safe_dump(
        config, default_style=style, default_flow_style=flow, width=width, allow_unicode=True
    )
    value = yaml.safe_load(text)["a"]["schedule"]  # PyYAML folds some rare line ends
    (program,) = Config(text, "c.yaml").programs()
    assert program.text == value
    assert len(program.places) == len(value) + 1
    assert list(program.places) == sorted(program.places)
    shown = [(c, at) for c, at in zip(value, program.places, strict=False) if not c.isspace()]
    assert all(text[at] in (c, "\\") for c, at in shown)
    assert len({at for _, at in shown}) == len(shown)


# --- keys -----------------------------------------------------------------------------------------

TREE = """
schedule: a1
optim:
  schedule: a2
  groups:
    - {name: head, lr_schedule: a3}
    - {name: body, lr_schedule: a4}
  plans: {lr: a5, weight_decay: a6}
"""


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("schedule", {"schedule": "a1"}),
        ("*.schedule", {"optim.schedule": "a2"}),
        ("**.schedule", {"schedule": "a1", "optim.schedule": "a2"}),
        (
            "optim.groups.*.lr_schedule",
            {"optim.groups.0.lr_schedule": "a3", "optim.groups.1.lr_schedule": "a4"},
        ),
        ("**.1.lr_schedule", {"optim.groups.1.lr_schedule": "a4"}),
        ("optim.**.lr", {"optim.plans.lr": "a5"}),
        ("optim.plans", {"optim.plans.lr": "a5", "optim.plans.weight_decay": "a6"}),
        ("optim.**.nothing", {}),
    ],
)
def test_a_key_is_a_path_with_globs(key: str, found: dict[str, str]) -> None:
    programs = Config(TREE, "c.yaml").programs([key])
    assert {p.key: p.text for p in programs} == found


def test_a_program_that_two_keys_find_is_found_once_and_in_the_order_of_the_file() -> None:
    programs = Config(TREE, "c.yaml").programs(["**.lr_schedule", "**.schedule", "schedule"])
    assert [p.text for p in programs] == ["a1", "a2", "a3", "a4"]


def test_an_alias_is_the_same_program_and_a_merge_brings_its_entries() -> None:
    text = "base: &b {schedule: a1, lr: 1}\nx: {<<: *b, lr: 2}\ny: {<<: [*b], schedule: a2}\n"
    config = Config(text, "c.yaml")
    assert [p.text for p in config.programs(["x.schedule"])] == ["a1"]
    assert [p.text for p in config.programs(["y.schedule"])] == ["a2"]
    assert [p.text for p in config.programs()] == ["a1", "a2"]
    assert config.value("x.lr") == 2


def test_a_merge_of_what_is_no_map_brings_nothing() -> None:
    (program,) = Config("<<: hold\nschedule: cosine\n", "c.yaml").programs()
    assert (program.key, program.text) == ("schedule", "cosine")


def test_aliases_that_multiply_or_contain_themselves_are_walked_once() -> None:
    doubled = [f"k{i}: &k{i} [{f'*k{i - 1}, *k{i - 1}' if i else 'x'}]" for i in range(60)]
    text = "\n".join([*doubled, "loop: &l {again: *l, schedule: a1, <<: *l}"])
    assert [p.text for p in Config(text, "c.yaml").programs()] == ["a1"]


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("schedule: 0.1\n", "schedule is a number, and a program is a text", (1, 11)),
        ("a:\n  schedule: true\n", "a.schedule is true or false, and a program is a text", (2, 13)),
        ("schedule: [a, b]\n", "schedule is a list, and a program is a text", (1, 11)),
        ("schedule: {lr: {a: b}}\n", "schedule.lr is a mapping, and a program is a text", (1, 16)),
        ("schedule:\nlr: 1\n", "schedule is empty, and a program is a text", (1, 10)),
        ("schedule: {}\n", "schedule is a mapping, and a program is a text", (1, 11)),
        ("schedule: !env RATE\n", "schedule is a !env, and a program is a text", (1, 11)),
    ],
)
def test_a_key_without_a_text_is_a_finding(text, message, place) -> None:
    (program,) = Config(text, "c.yaml").programs(["**.schedule"])
    assert program.wrong is not None
    assert (program.wrong.code, program.wrong.message) == ("LR904", message)
    assert program.locate(program.wrong.span.start) == place
    assert render([program.wrong], program).startswith(f"error[LR904]: {message}\n  --> c.yaml:")


@pytest.mark.parametrize(
    "text",
    [
        "schedule:\nlr: 1\n",
        "schedule: {}\n",
        "schedule: {name: cosine, warmup_epochs: 5}\n",
        "schedule: {lr: 1e-4, type: step, milestones: [30, 60]}\n",
        "on:\n  schedule:\n    - cron: 0 3 * * *\n",
        "schedule: 0 3 * * 1-5\n",
        "schedule: '*/15 0 1,15 * MON'\n",
        "schedule: '@daily'\n",
    ],
)
def test_what_others_call_a_schedule_counts_only_under_a_key_that_was_chosen(text) -> None:
    assert Config(text, "c.yaml").programs() == []
    assert Config(text, "c.yaml").programs(["**.schedule"])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("schedule: {lr: cosin}", ["cosin"]),
        ("schedule: {head: warmup(5 > hold, body: 3}", ["warmup(5 > hold", "3"]),
        ("schedule: {weight_decay: hold, lr: 0.1}", ["hold", "0.1"]),
        ("schedule: [warmup(5) >> hold]", ["[warmup(5) >> hold]"]),
        ("schedule: 5 >> 3", ["5 >> 3"]),
    ],
)
def test_what_looks_like_programs_is_looked_at(text, found) -> None:
    assert [p.text for p in Config(text, "c.yaml").programs()] == found


def test_the_defaults_of_hydra_are_names_of_files() -> None:
    text = "defaults:\n- schedule: wsd\n- _self_\na: {defaults: [{schedule: a1}]}\nschedule: a2\n"
    for keys in (("**.schedule",), DEFAULT_KEYS):
        assert [p.text for p in Config(text, "c.yaml").programs(keys)] == ["a1", "a2"]
    assert [p.text for p in Config("defaults: {schedule: a1}", "c.yaml").programs()] == ["a1"]


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("{schedule: warmup(5, 1e-5) >> cosine, k: 1}", True),
        ("{schedule: 'warmup(5, 1e-5) >> cosine', k: 1}", False),
        ("{schedule: warmup(5 }", False),
        ("schedule: warmup(5\n", False),
    ],
)
def test_a_comma_of_a_flow_mapping_cuts_a_program(text: str, cut: bool) -> None:
    (program,) = Config(text, "c.yaml").programs()
    assert program.cut is cut


# --- what cannot be read --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1\nb: 2", "c.yaml:2:2: not YAML: expected ',' or ']', but got ':'"),
        ("schedule: cosine[1: 2]\n", "c.yaml:1:19: not YAML: mapping values are not allowed here"),
        ("a: *nowhere", "c.yaml:1:4: not YAML: found undefined alias 'nowhere'"),
        ("a: \a", "c.yaml:1:4: not YAML: unacceptable character"),
        ("[" * 100_000, "c.yaml: nested too deeply to be read"),
    ],
)
def test_what_is_not_yaml_says_where(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Config(text, "c.yaml")
    assert str(caught.value).startswith(message)


def test_a_value_is_the_plain_value_under_a_key() -> None:
    config = Config("t: {epochs: 90, name: 90ep, list: [1], bad: !!int x}\n", "c.yaml")
    assert (config.value("t.epochs"), config.value("*.name")) == (90, "90ep")
    with pytest.raises(ConfigError, match=r"^c\.yaml: there is no t\.steps$"):
        config.value("t.steps")
    for key in ("t", "t.list", "t.bad"):
        with pytest.raises(ConfigError, match=r"is not a plain value$"):
            config.value(key)


def test_an_empty_file_has_no_programs() -> None:
    assert Config("", "c.yaml").programs() == []
    assert Config("# nothing\n", "c.yaml").programs() == []
    assert Config("- 1\n", "c.yaml").programs(["schedule"]) == []
