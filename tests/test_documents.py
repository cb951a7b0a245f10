"""Config files of every format: texts as the library reads them, each character placed."""

import ast
import datetime
import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import yaml
from hypothesis import assume, example, given
from hypothesis import strategies as st

from lrdsl.configs import ConfigError, Document, Scalar, programs, read

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SOME = "a5 >()[]{}'\"\\\t\n#:,%-*&!|=éα\u00a0\x85\u2028\N{ROCKET}\x07$"
TEXTS = st.text(st.sampled_from(SOME) | st.characters(codec="utf-8"), max_size=30)
PROGRAMS = st.sampled_from(["warmup(5ep) >> cosine", "cosine(to=1e-5)", "constant", "1e-4"])


# --- writers: a text in a file, between other values ----------------------------------------------


def _yaml(style: str | None, flow: bool) -> Callable[[str], str]:
    def write(text: str) -> str:
        config = {"a": {"schedule": text, "z": "# no comment"}, "b": [1, "x"]}
        return "# é\n" + yaml.safe_dump(
            config, default_style=style, default_flow_style=flow, allow_unicode=True
        )

    return write


def _toml(write: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: f'# é\n[a] # b\nschedule = {write(text)}\nz = "# no comment"\n[[b]]\nx=[1]'


def _basic(text: str, verbatim: str = "") -> str:
    def one(c: str) -> str:
        return c if (c.isprintable() or c in verbatim) and c not in '"\\' else f"\\U{ord(c):08x}"

    return "".join(map(one, text))


def _json(ascii_only: bool, indent: int | None) -> Callable[[str], str]:
    def write(text: str) -> str:
        config = {"é": "schedule", "a": {"schedule": text, "z": [{}]}, "b": [1, None, "x"]}
        return json.dumps(config, ensure_ascii=ascii_only, indent=indent)

    return write


def _python(write: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: (
        "# é\nimport lrdsl\n"
        f"x = 'é', lrdsl.compile({write(text)}, total=5) # b\nSCHEDULE = 'c' # lrdsl\n"
    )


WRITERS: Mapping[str, tuple[str, Callable[[str], str]]] = {
    "yaml, plain": ("c.yaml", _yaml(None, False)),
    "yaml, single": ("c.yaml", _yaml("'", False)),
    "yaml, double": ("c.yaml", _yaml('"', True)),
    "yaml, literal": ("c.yaml", _yaml("|", False)),
    "yaml, folded": ("c.yaml", _yaml(">", False)),
    "yaml, flow": ("c.yaml", _yaml(None, True)),
    "toml, basic": ("c.toml", _toml(lambda text: f'"{_basic(text)}"')),
    "toml, literal": ("c.toml", _toml(lambda text: f"'{text}'")),
    "toml, basic-lines": ("c.toml", _toml(lambda text: f'"""\n{_basic(text, chr(10))}"""')),
    "toml, literal-lines": ("c.toml", _toml(lambda text: f"'''{text}'''")),
    "toml, inline": ("c.toml", lambda text: f'a={{schedule="{_basic(text)}", z=1}} # b\n'),
    "json": ("c.json", _json(False, None)),
    "json, escaped": ("c.json", _json(True, 2)),
    "python": ("c.py", _python(repr)),
    "python, escaped": ("c.py", _python(ascii)),
    "python, raw": ("c.py", _python(lambda text: f"r'{text}'")),
    "python, lines": ("c.py", _python(lambda text: f'"""{_basic(text, chr(10))}"""')),
}


def plain(text: str, name: str) -> Any:
    """What the format's own library says is in a file."""
    if name.endswith(".yaml"):
        return yaml.safe_load(text)
    if name.endswith(".toml"):
        return tomllib.loads(text)
    if name.endswith(".json"):
        return json.loads(text)
    return [n.value for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Constant)]


def written(text: str, format: str) -> tuple[str, str, Any]:
    """A file that holds a text, its name, and what its library reads there."""
    name, write = WRITERS[format]
    source = write(text)
    try:
        whole = plain(source, name)
    except (ValueError, SyntaxError, yaml.YAMLError):
        assume(False)
    if name.endswith(".py"):
        tree = ast.parse(source)
        call = next(n for n in ast.walk(tree) if isinstance(n, ast.Call))
        assume(call.args and isinstance(call.args[0], ast.Constant))
        return source, name, call.args[0].value  # type: ignore[attr-defined]
    return source, name, whole["a"]["schedule"]


def held(document: Document) -> Scalar:
    """The leaf that holds the text."""
    return next(
        s for s in document.scalars() if s.path[-1] in ("schedule", "0") and s.path[0] != "b"
    )


@pytest.mark.parametrize("format", WRITERS)
@given(text=TEXTS)
@example(text="warmup(5ep) >> cosine")
@example(text="")
def test_every_character_is_where_the_file_has_it(format: str, text: str) -> None:
    source, name, value = written(text, format)
    document = read(source, name)
    scalar = held(document)
    assert (scalar.kind, scalar.text, scalar.value) == ("text", value, value)
    assert len(scalar.places) == len(value) + 1
    assert list(scalar.places) == sorted(scalar.places)
    assert scalar.span.start <= scalar.places[0]
    assert scalar.places[-1] <= scalar.span.end
    for c, at in zip(value, scalar.places, strict=False):
        assert source[at] in (c, "\\") or c.isspace()
    visible = [at for c, at in zip(value, scalar.places, strict=False) if not c.isspace()]
    assert len(set(visible)) == len(visible)


@pytest.mark.parametrize("format", WRITERS)
@given(text=TEXTS | PROGRAMS, new=TEXTS | PROGRAMS)
@example(text="cosine", new="'\"a\" \\ b'\n\x07")
def test_a_rewritten_leaf_is_all_that_changes(format: str, text: str, new: str) -> None:
    source, name, _ = written(text, format)
    document = read(source, name)
    scalar = held(document)
    replacement = document.rewritten(scalar, new)
    if replacement is None:
        return
    span = scalar.span
    result = source[: span.start] + replacement + source[span.end :]
    before, after = plain(source, name), plain(result, name)
    if name.endswith(".py"):
        before[2] = new  # behind "c" and "é", which lie less deep
    else:
        before["a"]["schedule"] = new
    assert after == before
    again = read(result, name)
    assert held(again).text == new
    assert [c.text for c in again.comments()] == [c.text for c in document.comments()]


@given(text=TEXTS, format=st.sampled_from([f for f in WRITERS if f.startswith("yaml")]))
def test_both_of_pyyaml_s_readers_find_the_same(format: str, text: str) -> None:
    source, name, _ = written(text, format)
    document = read(source, name)
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(yaml, "CSafeLoader", raising=False)  # it is not everywhere
        other = read(source, name)
    assert other.scalars() == document.scalars()
    assert other.comments() == document.comments()


@pytest.mark.parametrize("format", WRITERS)
@given(text=PROGRAMS, new=PROGRAMS)
def test_a_program_is_rewritten_in_the_style_that_it_has(format: str, text: str, new: str) -> None:
    source, name, value = written(text, format)
    document = read(source, name)
    scalar = held(document)
    ending = value[len(value.rstrip("\n")) :]
    replacement = document.rewritten(scalar, new + ending)
    assert replacement is not None
    again = read(source[: scalar.span.start] + replacement + source[scalar.span.end :], name)
    assert held(again).style == scalar.style


@pytest.mark.parametrize("format", WRITERS)
@given(text=TEXTS | PROGRAMS)
def test_windows_line_ends_move_no_line_and_no_column(format: str, text: str) -> None:
    source, name, value = written(text, format)
    assume("\r" not in source)
    document, other = read(source, name), read(source.replace("\n", "\r\n"), name)
    scalar, moved = held(document), held(other)
    assert moved.text == value
    at = [document.source.locate(i) for i in scalar.places[:-1]]
    assert [other.source.locate(i) for i in moved.places[: len(at)]] == at
    assert [c.text for c in other.comments()] == [c.text for c in document.comments()]


# --- leaves ---------------------------------------------------------------------------------------

FILES = {
    "c.yaml": """\
# one
base: &b # two
  schedule: &s !!str # three
    warmup(5ep) >> cosin # four
  lr: 0.1
  x: "a # b"  #five
run: {<<: *b, '<<': q#r, t: *s, e: 1e-4, d: 2024-01-01, y: yes, n: ~, l: [], v: !env X} # six
? [q, 'r # s']
: odd
m: | # seven
  a # b
# eight
""",
    "c.toml": r'''# one
schedule = "a#" # two
t."x.y" = "it\"s"
n = 1_000
d = 1979-05-27 07:32:00 # three
y = true
l = ["a", # four
  {schedule = "q", k = [[1], {}]}, ]
s = """
a \
   b"""  # five
q = """a"""""
[opt."lr schedule"]
head = "h"
[[groups]]
schedule = "g"
[groups.sub]
z = "1"
[[groups]]
schedule = "g"
''',
    "c.json": r"""{"a": 1, "s": "\ud83d\ude80\u0041\"\n\\ud83d", "a": "two", "l": [[], {}, null],
 "n": -1.5e3, "y": true}
""",
}


def test_yaml_leaves() -> None:
    document = read(FILES["c.yaml"], "c.yaml")
    assert {".".join(s.path): (s.kind, s.value) for s in document.scalars()} == {
        "base.schedule": ("text", "warmup(5ep) >> cosin"),
        "base.lr": ("number", 0.1),
        "base.x": ("text", "a # b"),
        "run.<<": ("text", "q#r"),
        "run.e": ("text", "1e-4"),
        "run.d": ("date", datetime.date(2024, 1, 1)),
        "run.y": ("bool", True),
        "run.n": ("null", None),
        "run.l": ("list", None),
        "run.v": ("!env", None),
        "m": ("text", "a # b\n"),
    }
    assert document.value("run.lr") == 0.1
    assert document.value("run.t") == "warmup(5ep) >> cosin"


def test_toml_leaves() -> None:
    document = read(FILES["c.toml"], "c.toml")
    assert {s.path: (s.kind, s.value) for s in document.scalars()} == {
        ("schedule",): ("text", "a#"),
        ("t", "x.y"): ("text", 'it"s'),
        ("n",): ("number", 1000),
        ("d",): ("date", datetime.datetime(1979, 5, 27, 7, 32)),
        ("y",): ("bool", True),
        ("l", "0"): ("text", "a"),
        ("l", "1", "schedule"): ("text", "q"),
        ("l", "1", "k", "0", "0"): ("number", 1),
        ("l", "1", "k", "1"): ("map", None),
        ("s",): ("text", "a b"),
        ("q",): ("text", 'a""'),
        ("opt", "lr schedule", "head"): ("text", "h"),
        ("groups", "0", "schedule"): ("text", "g"),
        ("groups", "0", "sub", "z"): ("text", "1"),
        ("groups", "1", "schedule"): ("text", "g"),
    }
    assert [p.key for p in programs(document, ["groups.*.sched*"])] == [
        "groups.0.schedule",
        "groups.1.schedule",
    ]


def test_json_leaves() -> None:
    document = read(FILES["c.json"], "c.json")
    assert {".".join(s.path): (s.kind, s.value) for s in document.scalars()} == {
        "a": ("text", "two"),
        "s": ("text", '\N{ROCKET}A"\n\\ud83d'),
        "l.0": ("list", None),
        "l.1": ("map", None),
        "l.2": ("null", None),
        "n": ("number", -1500.0),
        "y": ("bool", True),
    }
    text = document.source.text
    rocket, a, quote, *_ = next(s for s in document.scalars() if s.path == ("s",)).places
    assert text[rocket:].startswith("\\ud83d\\ude80")
    assert text[a:].startswith("\\u0041")
    assert text[quote:].startswith('\\"')


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("c.yaml", "# one,# two,# three,# four,#five,# six,# seven,# eight"),
        ("c.toml", "# one,# two,# three,# four,# five"),
        ("c.json", ""),
    ],
)
def test_comments_are_what_no_text_holds(name: str, words: str) -> None:
    text = FILES[name]
    found = read(text, name).comments()
    assert ",".join(c.text for c in found) == words
    assert all(c.span.of(text) == c.text for c in found)


PYTHON = r'''
import lrdsl as L
import lrdsl.torch
from lrdsl import compile as c, parse
from lrdsl.torch import Scheduler
from other import check
S = "not marked"
# lrdsl
SCHEDULE = "a" "b"
PLANS: dict = {
    "lr": "c",  # lrdsl
    "wd": "not marked",
}
class Config:
    schedule = f"warmup({n['é']:>{3}}) {{x}}" rf"\d{y!r}"  # lrdsl
    def build(self, opt, é="é"):
        é = L.compile("q\x41\N{ROCKET}\d\
z", total="90ep"); p = parse(text=r"r\"")
        Scheduler(opt, schedule={"lr": """x
  y""", "wd": b"no"})
        lrdsl.torch.Scheduler(opt, "sch")
        check("no"); c(x); c(*y, "no"); L.check((
          "a"  # a comment
          "b"))
'''


def test_python_programs() -> None:
    document = read(PYTHON, "c.py")
    assert {p.key: p.text for p in programs(document, ["**"])} == {
        "SCHEDULE": "ab",
        "PLANS.lr": "c",
        "Config.schedule": "warmup({n['é']:>{3}}) {x}\\d{y!r}",
        "Config.build.compile.0": "qA\N{ROCKET}\\dz",
        "Config.build.parse.text": 'r\\"',
        "Config.build.Scheduler.schedule.lr": "x\n  y",
        "Config.build.Scheduler.1": "sch",
        "Config.build.check.0": "ab",
    }
    for program in programs(document):
        assert all(
            PYTHON[at] in (c, "\\") for c, at in zip(program.text, program.places, strict=False)
        )
    whole = {p.key for p in programs(document) if document.rewritten(p.scalar, "new") is None}
    assert whole == {"SCHEDULE", "Config.schedule", "Config.build.check.0"}  # of several pieces


def test_python_s_own_ways_of_writing_a_text() -> None:
    lines = read('import lrdsl\r\nlrdsl.parse("""hold\r\n>> cosine""")', "c.py")
    octal = read("import lrdsl\nlrdsl.parse('h\\157ld')", "c.py")
    assert [s.text for d in (lines, octal) for s in d.scalars()] == ["hold\n>> cosine", "hold"]


def test_what_a_comment_of_python_marks_has_a_name_and_a_value() -> None:
    text = 'a[0] = "b" # lrdsl\nc: str # lrdsl\nd = {**e, "f": "g"} # lrdsl\n'
    assert [(s.path, s.text) for s in read(text, "c.py").scalars()] == [(("d", "f"), "g")]


def test_a_python_file_that_does_not_speak_of_lrdsl_is_not_read() -> None:
    assert [c.text for c in read("# a\n(", "c.py").comments()] == ["# a"]
    assert read("print 'Python 2'  # old", "c.py").scalars() == []
    with pytest.raises(ConfigError, match=r"^c\.py:2:1: not Python"):
        read("import lrdsl\nprint 'Python 2'\n", "c.py")


@pytest.mark.parametrize(
    ("text", "name", "keys"),
    [
        ("a: x # lrdsl\nb: y\n# lrdsl\nc: z\nd: w # lrdsl: ignore[LR804]\n", "c.yaml", "a c"),
        ("a = 'x' # lrdsl\nb = 'y'\n\t# lrdsl\nc = 'z'\n# lrdsl is\nd = 'w'", "c.toml", "a c"),
        ("# lrdsl\r\na = 'x' \r\n\r\nb = 'y' #lrdsl # why\r\n", "c.toml", "a b"),
    ],
)
def test_a_comment_marks_a_program(text: str, name: str, keys: str) -> None:
    assert " ".join(p.key for p in programs(read(text, name))) == keys
    other = text.replace("lrdsl", "schedule")
    assert programs(read(other, name)) == []
    assert " ".join(p.key for p in programs(read(other, name, "schedule"))) == keys


# --- rewriting ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "new", "result"),
    [
        ("c.yaml", "s: &a b # c\nt: *a\n", "c", "s: &a c # c\nt: *a\n"),
        ("c.yaml", "{s: b, t: 1}", "c(1, 2)", "{s: 'c(1, 2)', t: 1}"),
        ("c.yaml", "s: 0.1\n", "0.1", "s: '0.1'\n"),
        ("c.yaml", "s: b\n", "it's: a # b", "s: 'it''s: a # b'\n"),
        ("c.yaml", "s: 'b'\n", "a\nb", 's: "a\\nb"\n'),
        ("c.yaml", "s: |  # x\r\n   b\r\n\r\nt: 1\r\n", "c\n", "s: |  # x\r\n   c\r\n\r\nt: 1\r\n"),
        ("c.yaml", "s: |\n  b\n  c\n", "c\n  d\n", "s: |\n  c\n    d\n"),
        ("c.yaml", "s: >-\n  b\n  c\n", "b", "s: >-\n  b\n"),
        ("c.yaml", "s: >-\n  b\n\n  c\n", "b", None),
        ("c.yaml", "s: >-\n  b\n", "c", "s: >-\n  c\n"),
        ("c.yaml", "s:\n", "c", None),
        ("c.toml", "s = 'b' # c", "it's", 's = "it\'s" # c'),
        ("c.toml", "s = 0.1", "0.1", 's = "0.1"'),
        ("c.toml", 's = """\r\nb\r\n"""', "c\nd\n", 's = """\r\nc\r\nd\r\n"""'),
        ("c.toml", 's = """\\\n  b"""', "c", None),
        ("c.json", '{\t"s" :"b" }', 'é"', '{\t"s" :"é\\"" }'),
        ("c.json", '["\\u0062"]', "é", '["\\u00e9"]'),
        ("c.py", "S = r'b' # lrdsl", "c\\d", "S = r'c\\d' # lrdsl"),
        ("c.py", "S = r'b' # lrdsl", "it's", "S = 'it\\'s' # lrdsl"),
    ],
)
def test_a_leaf_is_rewritten(name: str, text: str, new: str, result: str | None) -> None:
    document = read(text, name)
    scalar = document.scalars()[0]
    replacement = document.rewritten(scalar, new)
    if replacement is None:
        assert result is None
        return
    assert text[: scalar.span.start] + replacement + text[scalar.span.end :] == result


# --- what cannot be read --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("c.yaml", "- " * 100_000 + "x", "c.yaml: nested too deeply to be read"),
        ("c.yaml", f"{'[' * 300}{']' * 300}", "c.yaml: nested too deeply to be read"),
        ("c.yaml", "a: \ud800", "c.yaml:1:4: not YAML: unacceptable character"),
        ("c.toml", "a = 1\r\nb = \r\n", "c.toml:2:5: not TOML: Invalid value"),
        ("c.toml", "a = [", "c.toml:1:6: not TOML: "),
        ("c.toml", "a = 2024-13-45", "c.toml"),
        ("c.toml", f"a = {'9' * 5000}", "c.toml: not TOML: Exceeds the limit"),
        ("c.toml", f"a = {'[' * 300}{']' * 300}", "c.toml: nested too deeply to be read"),
        ("c.json", '{"a": 1,\n "b": [1,}', "c.json:2:10: not JSON: "),
        ("c.json", "", "c.json:1:1: not JSON: Expecting value"),
        ("c.json", "// x\n{}", "c.json:1:1: not JSON: Expecting value"),
        ("c.json", "9" * 5000, "c.json: not JSON: "),
        ("c.json", "[" * 100_000, "c.json: nested too deeply to be read"),
        ("c.json", f"{'[' * 300}{']' * 300}", "c.json: nested too deeply to be read"),
        ("c.py", "# lrdsl\ndef f(:\n", "c.py:2:7: not Python: "),
        ("c.py", f"import lrdsl\nx = {'-' * 500}1", "c.py: nested too deeply to be read"),
        ("c.py", f"import lrdsl\nx = {'-' * 100_000}1", "c.py: nested too deeply to be read"),
        ("c.txt", "", "c.txt: not one of .yaml, .yml, .toml, .json, .py"),
    ],
)
def test_what_cannot_be_read_says_where(name: str, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text, name)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("c.yaml", "a: b # c"),
        ("c.toml", "a = 'b' # c"),
        ("c.json", '{"a": "b"}'),
        ("c.py", "a = 'b' # lrdsl"),
    ],
)
def test_a_byte_order_mark_moves_what_follows_by_one(name: str, text: str) -> None:
    before, after = read(text, name), read("\ufeff" + text, name)
    (old,), (new,) = before.scalars(), after.scalars()
    assert new.places == tuple(at + 1 for at in old.places)
    assert [c.span.start for c in after.comments()] == [c.span.start + 1 for c in before.comments()]
