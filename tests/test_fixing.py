"""Programs changed inside files: nothing else in the files changes."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import strategies as ours
import yaml
from hypothesis import given
from hypothesis import strategies as st

import lrdsl
from lrdsl.configs import ConfigError, Program, holes
from lrdsl.configs.document import read
from lrdsl.configs.program import programs
from lrdsl.diagnostics import Diagnostic, Edit, Fix, Span
from lrdsl.fixing import diff, fix, fix_file, format_file, rewrite, save

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

BOM = "\ufeff"


def check(program, text):
    return lrdsl.check(text)


def formatted(text, name, **options):
    document = read(text, name)
    return format_file(document, programs(document), **options)


def fixed(text, name, check=check):
    document = read(text, name)
    return fix_file(document, programs(document), check)


def reasons(change):
    return [(program.key, note) for program, note in change.notes]


# --- files by the formats' own writers ------------------------------------------------------------


def _spaced(text):
    return text.replace("(", "( ").replace(", ", " ,  ")


def _broken_up(text):
    return text.replace(" >> ", "\n>> ")


PROGRAMS = ours.schedules(replace(ours.ANY, depth=2)).map(str)
TEXTS = st.builds(lambda text, how: how(text), PROGRAMS, st.sampled_from([str, _spaced]))
LINES = TEXTS.map(_broken_up)
NAMES = st.sampled_from(["run", "é", "it's", 'a "b"', "# none", "\N{ROCKET}", "a: b, c"])


@st.composite
def trees(draw, texts=TEXTS):
    """What a config says: programs among other things."""
    return {
        "name": draw(NAMES),
        "schedule": draw(texts),
        "groups": [{"schedule": draw(texts), "lr": 0.1}, {"lr": None, "on": True}],
        "optimizer": {"schedule": {"lr": draw(texts), "momentum": draw(texts)}, "epochs": 90},
    }


def _yaml(draw, tree):
    text = yaml.safe_dump(
        tree,
        default_style=draw(st.sampled_from([None, "'", '"', "|", ">"])),
        default_flow_style=draw(st.booleans()),
        width=draw(st.sampled_from([20, 80, 10_000])),
        allow_unicode=draw(st.booleans()),
        sort_keys=False,
    )
    return "c.yaml", "# first\n" + text + "# last\n"


def _json(draw, tree):
    indent = draw(st.sampled_from([None, 2, "\t"]))
    return "c.json", json.dumps(tree, indent=indent, ensure_ascii=draw(st.booleans()))


def _toml(draw, tree):
    def text(value):
        if draw(st.booleans()) and "'" not in value and "\n" not in value:
            return f"'{value}'"
        if draw(st.booleans()) and '"' not in value:
            return f'"""\n{value}"""'
        return json.dumps(value, ensure_ascii=False)

    group, optimizer = tree["groups"][0], tree["optimizer"]
    inner = optimizer["schedule"]
    return "c.toml", (
        f"name = {text(tree['name'])} # its name\n"
        f"schedule = {text(tree['schedule'])}\t# one\n"
        f"groups = [{{schedule = {text(group['schedule'])}, lr = 0.1}}, {{on = true}}]\n"
        "[optimizer] # 'quoted'\n"
        f"epochs = 90\nschedule.lr= {text(inner['lr'])}\n"
        f"schedule . momentum ={text(inner['momentum'])}\n"
    )


WRITERS = st.sampled_from([_yaml, _json, _toml])
READERS = {"yaml": yaml.safe_load, "json": json.loads, "toml": tomllib.loads}


def loaded(text, name):
    """The file as others read it."""
    return READERS[name.rpartition(".")[2]](text)


def outside(text, name):
    """What of a file is no program."""
    spans = [p.scalar.span for p in programs(read(text, name))]
    starts, ends = [0, *(s.end for s in spans)], [*(s.start for s in spans), len(text)]
    return [text[start:end] for start, end in zip(starts, ends, strict=True)]


def mapped(value, texts, key=""):
    """A tree whose programs are other texts."""
    if isinstance(value, dict):
        return {k: mapped(v, texts, f"{key}.{k}".lstrip(".")) for k, v in value.items()}
    if isinstance(value, list):
        return [mapped(v, texts, f"{key}.{i}") for i, v in enumerate(value)]
    return texts.get(key, value)


def _line_end(text, crlf):
    return text.replace("\n", "\r\n") if crlf else text


@given(st.data(), trees(), WRITERS, st.booleans())
def test_formatting_changes_programs_and_nothing_else(data, tree, writer, crlf):
    name, text = writer(data.draw, tree)
    text = _line_end(text, crlf)
    change = formatted(text, name)
    assert (change.before, change.broken) == (text, ())
    found = programs(read(text, name))
    assert len(found) == 4
    left = {p.key for p, _ in change.notes}  # a block whose lines would have to be cut anew
    assert left <= {p.key for p in found if p.scalar.style == "folded"}
    wanted = {p.key: p.text.strip() if p.key in left else lrdsl.format(p.text) for p in found}
    changed = {p.key for p in change.changed}
    assert changed == {p.key for p in found if p.text.strip() != wanted[p.key]}
    after = programs(read(change.text, name))
    assert {p.key: p.text.strip() for p in after} == wanted
    old = loaded(text.replace("\r\n", "\n"), name)
    new = loaded(change.text.replace("\r\n", "\n"), name)
    assert new == mapped(old, {p.key: p.text for p in after})
    assert outside(change.text, name) == outside(text, name)
    assert (change.text == text) is not bool(changed)
    assert formatted(change.text, name).text == change.text


@given(st.data(), trees(LINES), WRITERS)
def test_a_program_over_lines_is_left_alone_unless_it_may_be_one_line(data, tree, writer):
    name, text = writer(data.draw, tree)
    found = programs(read(text, name))
    over_lines = {p.key for p in found if "\n" in p.text.strip()}
    change = formatted(text, name)
    assert change.broken == ()
    assert not over_lines & {p.key for p in change.changed}
    folded = {p.key for p in found if p.scalar.style == "folded"}
    assert {key for key, _ in reasons(change)} <= over_lines | folded
    assert outside(change.text, name) == outside(text, name)

    expanded = formatted(text, name, expand=True)
    assert {p.key for p in expanded.changed} | {p.key for p, _ in expanded.notes} >= over_lines
    after = {p.key: p.text for p in programs(read(expanded.text, name))}
    assert loaded(expanded.text, name) == mapped(loaded(text, name), after)
    assert formatted(expanded.text, name, expand=True).text == expanded.text


@given(st.data(), trees(PROGRAMS), WRITERS, st.booleans())
def test_fixing_removes_the_certain_findings_and_nothing_else(data, tree, writer, crlf):
    planted = {k: v.replace(" >> ", " > ") for k, v in _programs(tree).items()}
    name, text = writer(data.draw, mapped(tree, planted))
    text = _line_end(text, crlf)
    change = fixed(text, name)
    assert change.notes == ()
    after = {p.key: p.text for p in programs(read(change.text, name))}
    for program in programs(read(text, name)):
        meant = _programs(tree)[program.key]
        assert after[program.key].split() == meant.split()
        gone = [d for p, d in change.fixed if p.key == program.key]
        assert sum(d.code == "LR006" for d in gone) == meant.count(" >> ")
    assert outside(change.text, name) == outside(text, name)
    assert fixed(change.text, name).text == change.text


def _programs(tree):
    inner = tree["optimizer"]["schedule"]
    return {
        "schedule": tree["schedule"],
        "groups.0.schedule": tree["groups"][0]["schedule"],
        "optimizer.schedule.lr": inner["lr"],
        "optimizer.schedule.momentum": inner["momentum"],
    }


# --- files by hand --------------------------------------------------------------------------------

# The texts `warmup( 5ep)` are to be canonical, and nothing else is.
KEPT = {
    "an anchor that is used twice": (
        "c.yaml",
        "base: &b {schedule: &s 'warmup( 5ep)'}\nschedule: *s\nother:\n  <<: *b\n  lr: 1\n",
    ),
    "a list of merges": (
        "c.yaml",
        "- &a {schedule: warmup( 5ep) }\n- &b {lr: 0.1}\n- {<<: [*b, *a], k: [*a]}\n",
    ),
    "flow maps and sequences": ("c.yaml", "{a: [{schedule: warmup( 5ep) , k: 1}], b: {} }\n"),
    "a comment after the value": ("c.yaml", "schedule: warmup( 5ep)   # warmup( 5ep)\t\n#\n"),
    "a comment with quotes in it": ("c.yaml", "schedule: 'warmup( 5ep)' # it's \"so\n"),
    "quotes around": ("c.yaml", 'schedule : "warmup( 5ep)"\nk: "warmup( 5ep)"\n'),
    "escapes": ("c.yaml", 'schedule: "\\x77armup( 5\\u0065p)\\\n   "\n'),
    "beyond the basic plane": (
        "c.yaml",
        "'\N{ROCKET}': \N{ROCKET}é\nx\u0301: {schedule: 'warmup( 5ep)', k: \N{ROCKET}}\n",
    ),
    "CRLF": ("c.yaml", "a: 1\r\nschedule: 'warmup( 5ep)'  \r\nb: 2\r\n\r\n"),
    "mixed line ends": ("c.yaml", "a: 1\r\nschedule: |\n  warmup( 5ep)\r\nb: 2\n"),
    "a BOM": ("c.yaml", BOM + "schedule: warmup( 5ep)\n"),
    "no line end": ("c.yaml", "schedule: warmup( 5ep)"),
    "tags and anchors": ("c.yaml", "schedule: !!str &s  # s\n  warmup( 5ep)\nother: !env X\n"),
    "several documents": ("c.yaml", "%YAML 1.1\n---\nschedule: warmup( 5ep)\n...\n---\nk: 1\n"),
    "a literal block": ("c.yaml", "schedule: |2+ # block\n  warmup( 5ep)\n\n\nk: 1 \n"),
    "a folded block": ("c.yaml", "a:\n  schedule: >\n      warmup( 5ep)\n   \n  k: 1 \n"),
    "folded lines": ("c.yaml", "a:\n  schedule: hold(9ep)\n      >>\n    warmup( 5ep)\n"),
    "tabs in JSON": ("c.json", '{\t"schedule"\t:\t"warmup( 5ep)"\t,\r\n\t"k": 1e5 }\n\n'),
    "escapes in JSON": ("c.json", '{"\\u0061": 1, "schedule": "warmup( 5ep) \\u003e\\u003E hold"}'),
    "an inline table": ("c.toml", "a = { k = 1, schedule = 'warmup( 5ep)' } # warmup( 5ep)\n"),
    "multi-line strings": ("c.toml", 'schedule = """\r\nwarmup( 5ep)\\\r\n   """ # c\r\n'),
    "texts in Python": (
        "c.py",
        "# -*- coding: utf-8 -*-\r\nfrom lrdsl import parse as p  \r\n\tif 0:pass\r\n".replace(
            "\t", ""
        )
        + "s = 'warmup( 5ep)' ;\tp( \"warmup( 5ep)\" , )  # ok\r\n",
    ),
    "raw, marked and escaped Python": (
        "c.py",
        "A = r'warmup( 5ep)' # lrdsl\nB = 'warmup( 5ep)'\nC = {'lr': 'w\\x61rmup( 5ep)'} # lrdsl\n",
    ),
    "pieces side by side in Python": (
        "c.py",
        "import lrdsl\nlrdsl.parse('hold(9ep) '  # first\n  \">> warmup( 5ep)\"\n)\n",
    ),
    "triple quotes in Python": ("c.py", 'S = """\n    warmup( 5ep)\n""" # lrdsl\n'),
    "arrays of tables": ("c.toml", "[[a]]\n'schedule'= \"warmup( 5ep)\" \n[[a]]\nk = 1979-05-27\n"),
}


@pytest.mark.parametrize(("name", "text"), KEPT.values(), ids=KEPT)
def test_what_is_not_a_program_stays_byte_for_byte(name, text) -> None:
    found = programs(read(text, name))
    wanted = text
    for program in reversed(found):
        span = program.scalar.span
        if "( 5" in span.of(text):
            inside = span.of(text).replace("( 5", "(5")
            wanted = wanted[: span.start] + inside + wanted[span.end :]
    assert wanted != text
    change = formatted(text, name)
    assert change.text == wanted
    assert change.notes == ()
    assert formatted(change.text, name).changed == ()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{schedule: hold , k: 1}\n", "{schedule: 'warmup(5, 1e-5)' , k: 1}\n"),
        ("schedule: |\n  hold\nk: 1\n", "schedule: |\n  warmup(5, 1e-5)\nk: 1\n"),
        ("schedule: hold # c\n", "schedule: warmup(5, 1e-5) # c\n"),
    ],
)
def test_a_text_that_its_style_cannot_hold_gets_quotes(text, wanted) -> None:
    document = read(text, "c.yaml")
    scalar = programs(document)[0].scalar
    new = "warmup(5, 1e-5)" + ("\n" if scalar.style == "literal" else "")
    assert rewrite(document, [(scalar, new)]) == (wanted, ())


@given(st.sets(st.integers(0, 9)))
def test_of_many_only_those_that_cannot_be_spliced_are_written_anew(flow) -> None:
    lines = [
        f"- {{schedule: hold , k: {i}}}\n" if i in flow else "- schedule: hold\n" for i in range(10)
    ]
    document = read("".join(lines), "c.yaml")
    asked = [(p.scalar, "warmup(5, 1e-5)") for p in programs(document, ["*.schedule"])]
    wanted = [
        line.replace("hold", "'warmup(5, 1e-5)'" if i in flow else "warmup(5, 1e-5)")
        for i, line in enumerate(lines)
    ]
    assert rewrite(document, asked) == ("".join(wanted), ())


def test_a_text_that_its_file_cannot_hold_as_it_stands_gets_quotes() -> None:
    """Without them the file would be none."""
    document = read("schedule: hold\n", "c.yaml")
    scalar = programs(document)[0].scalar
    assert rewrite(document, [(scalar, "hold: 1")]) == ("schedule: 'hold: 1'\n", ())


def test_a_file_that_would_not_hold_what_was_asked_stays_as_it_is(monkeypatch) -> None:
    document = read("{schedule: hold , k: 1}\n", "c.yaml")
    scalar = programs(document)[0].scalar
    monkeypatch.setattr(type(document), "rewritten", lambda self, scalar, text: "hold, l: 2")
    assert rewrite(document, [(scalar, "hold(5, 1)")]) == (document.source.text, (scalar,))


def test_a_text_that_something_else_has_made_of_the_file_s_is_not_written_back() -> None:
    document = read("schedule: ${short}\n", "c.yaml")
    made = replace(programs(document)[0], text="warmup(5ep)>>hold")
    canonical = replace(made, text="warmup(5ep) >> hold")
    change = format_file(document, [made, canonical])
    assert (change.text, change.changed) == (document.source.text, ())
    assert reasons(change) == [("schedule", "because its new text cannot be written there safely")]


def test_what_cannot_be_written_is_left_alone_and_said() -> None:
    text = "schedule: >\n  warmup( 5ep)\n\n  >> hold\nother: {schedule: warmup( 5ep)}\n"
    change = formatted(text, "c.yaml", expand=True)
    assert [p.key for p in change.changed] == ["other.schedule"]
    assert reasons(change) == [("schedule", "because its new text cannot be written there safely")]
    assert change.text == text.replace("{schedule: warmup( 5", "{schedule: warmup(5")


# --- Python ---------------------------------------------------------------------------------------


@given(st.data(), st.tuples(TEXTS, TEXTS, TEXTS))
def test_texts_in_python_are_formatted_in_their_quotes(data, texts) -> None:
    def quoted(text):
        quote = data.draw(st.sampled_from(["'", '"', "'''", 'r"', "u'"]))
        return f"{quote}{text}{quote.lstrip('ru')}"

    def source(written):
        a, b, c = written
        call = f"def f(x):\n\treturn lrdsl.check({{'lr':{b},\n'wd':  {c}}}, total = x)"
        return f"import lrdsl\nA : str={a}  # lrdsl\n{call}"

    written = [quoted(text) for text in texts]
    change = formatted(source(written), "c.py")
    assert (change.notes, change.broken) == ((), ())
    wanted = [w.replace(t, lrdsl.format(t)) for w, t in zip(written, texts, strict=True)]
    assert change.text == source(wanted)
    assert formatted(change.text, "c.py").changed == ()


def test_an_f_string_is_fixed_around_its_fields_and_not_formatted() -> None:
    text = "import lrdsl\nlrdsl.parse(f'warmup( {n}ep) > cosine')\n"
    change = formatted(text, "c.py")
    assert (change.text, change.broken) == (text, ())
    assert reasons(change) == [("parse.0", "for its holes, which something else fills")]

    def found(program, text):
        return holes.check(text, formatted=True)

    assert fixed(text, "c.py", found).text == text.replace(" > ", " >> ")


# --- what is left as it is ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("W=5ep; warmup( W)", "for its bindings (--expand rewrites them)"),
        ("wsd( 5ep, 10%)", "for its recipes (--expand rewrites them)"),
        ("hold( 5ep) # why\n>> hold", "for its comments and line breaks (--expand rewrites them)"),
        ("hold( 5ep)\n>> hold", "for its line breaks (--expand rewrites them)"),
        ("warmup( ${warmup}) >> cosine", "for its holes, which something else fills"),
        ("???", "for its holes, which something else fills"),
        ("warmup( EPOCHS)", "for its names, which something else binds"),
    ],
)
def test_a_text_that_would_lose_something_is_left_as_it_is(text, note) -> None:
    config = json.dumps({"schedule": text})
    change = formatted(config, "c.json", names=["EPOCHS"])
    assert (change.text, reasons(change), change.broken) == (config, [("schedule", note)], ())
    assert change.changed == ()
    if "--expand" in note:
        expanded = formatted(config, "c.json", expand=True)
        assert expanded.text == json.dumps({"schedule": lrdsl.format(text)})
        assert expanded.notes == ()


def test_lines_of_canonical_text_need_no_word() -> None:
    text = "schedule: |\n  warmup(5ep)\n    >> cosine\n"
    change = formatted(text, "c.yaml")
    assert (change.text, change.notes) == (text, ())


def test_what_is_no_program_is_broken_and_the_rest_is_formatted() -> None:
    text = "schedule: 0.1\na: {schedule: cosin}\nb: {schedule: cosine() }\n"
    change = formatted(text, "c.yaml")
    assert change.text == text.replace("cosine() ", "cosine ")
    assert [(p.key, e.diagnostics[0].code) for p, e in change.broken] == [
        ("schedule", "LR904"),
        ("a.schedule", "LR101"),
    ]
    assert fixed("schedule: 0.1\n", "c.yaml").text == "schedule: 0.1\n"


def test_a_program_that_yaml_cut_is_not_closed() -> None:
    text = "a: {schedule: warmup(5, 1e-5) >> cosine}\nb: {schedule: hold(9 > hold, k: 1}\n"
    change = fixed(text, "c.yaml")
    assert change.text == text
    note = "because YAML ended it at a comma: quote it"
    assert reasons(change) == [("a.schedule", note), ("b.schedule", note)]
    assert (
        fixed("{schedule: hold(9) > hold, k: 1}", "c.yaml").text
        == "{schedule: hold(9) >> hold, k: 1}"
    )


def test_what_runs_share_changes_only_if_they_agree() -> None:
    text = "schedule: &s warmup(5ep) > hold\n"
    document = read(text, "c.yaml")
    [program] = programs(document)
    twin = replace(program, key="twin.schedule")
    both = fix_file(document, [program, twin], check)
    assert (both.text, len(both.changed)) == (text.replace(">", ">>"), 2)

    def only_one(found, new):
        return check(found, new) if found is twin else []

    one = fix_file(document, [program, twin], only_one)
    assert (one.text, one.fixed) == (text, ())
    note = "because the runs that share it want different texts"
    assert reasons(one) == [("schedule", note), ("twin.schedule", note)]


# --- fixes ----------------------------------------------------------------------------------------


def test_findings_of_other_programs_and_kinds_stay() -> None:
    text = "a:\n  schedule: warmup(5ep) > cosin\nb:\n  schedule: hold > linear # >\n"
    change = fixed(text, "c.yaml")
    assert change.text == text.replace("(5ep) >", "(5ep) >>").replace("hold >", "hold >>")
    assert [(p.key, d.code) for p, d in change.fixed] == [
        ("a.schedule", "LR006"),
        ("b.schedule", "LR006"),
    ]
    ((found,),) = [check(p, p.text) for p in programs(read(change.text, "c.yaml"))[:1]]
    assert (found.code, found.fix.certain) == ("LR101", False)


def test_a_fix_in_a_block_leaves_its_other_lines() -> None:
    text = "schedule: >-  # block\n   warmup( 5ep)\n   > cosine(9ep)\n\n     >  hold\n"
    assert fixed(text, "c.yaml").text == text.replace("> cos", ">> cos").replace(">  h", ">>  h")


def _finding(code, span, text, message="wrong"):
    return Diagnostic(code, message, Span(*span), fix=Fix("mend", (Edit(Span(*span), text),)))


def test_a_fix_that_does_not_help_is_not_kept() -> None:
    stays = _finding("LR003", (0, 1), "b")
    assert fix("a", lambda text: [stays]) == ("a", ())

    worse = _finding("LR101", (0, 1), "b")
    assert fix("a", lambda text: [worse] if text == "a" else [replace(worse, code="LR003")]) == (
        "a",
        (),
    )


def test_fixes_that_touch_are_applied_one_after_the_other() -> None:
    def found(text):
        return [
            _finding("LR003", (i, i + 1), "b", f"{c} at {i}")
            for i, c in enumerate(text)
            if c == "a"
        ]

    text, gone = fix("aa a", found)
    assert text == "bb b"
    assert sorted(d.message for d in gone) == ["a at 0", "a at 1", "a at 3"]


def test_of_two_fixes_at_one_place_one_is_applied() -> None:
    twins = [_finding("LR004", (1, 1), ")", message) for message in ("open", "not closed")]
    assert fix("a", lambda text: [] if ")" in text else twins) == ("a)", (twins[0],))


def test_a_fix_does_not_write_into_a_hole() -> None:
    found = _finding("LR101", (0, 4), "hold")
    assert fix("${x} >> hold", lambda text: [found] if "$" in text else []) == ("${x} >> hold", ())


# --- a program on its own, differences, writing ---------------------------------------------------


def test_a_program_on_its_own_is_the_whole_text() -> None:
    program = Program("warmup( 5ep)\n > hold", "a.lr")
    change = fix_file(None, [program], check)
    assert (change.before, change.text) == (program.text, "warmup( 5ep)\n >> hold")
    change = format_file(None, [replace(program, text=change.text)])
    assert change.text == "warmup(5ep) >> hold\n"
    assert [p.name for p in change.changed] == ["a.lr"]
    lost = format_file(None, [replace(program, text="hold() # why\n")])
    assert (lost.text, lost.changed) == ("hold() # why\n", ())


def test_a_diff_is_one_that_patch_reads(tmp_path) -> None:
    if shutil.which("patch") is None:
        pytest.skip("there is no patch")
    text = "k = 1\r\n# \u2028 x\x0c\nS = 'warmup( 5ep)'  # lrdsl"
    change = formatted(text, "c.py")
    shown = diff(change, "c.py")
    assert shown.startswith("--- c.py\n+++ c.py\n@@ -1,3 +1,3 @@\n k = 1\r\n")
    (tmp_path / "c.py").write_bytes(text.encode())
    command = ["patch", "--binary", "-p0"]
    subprocess.run(command, cwd=tmp_path, input=shown.encode(), check=True, capture_output=True)
    assert (tmp_path / "c.py").read_bytes() == change.text.encode()
    assert diff(formatted(change.text, "c.py"), "c.py") == ""


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_a_file_is_saved_with_its_mark_permissions_and_links(tmp_path, bom) -> None:
    path, link = tmp_path / "c.yaml", tmp_path / "link.yaml"
    path.write_bytes(bom + b"# \xc3\xa9\r\nschedule: hold()\n")
    path.chmod(0o640)
    link.symlink_to(path)
    save(formatted("# é\r\nschedule: hold()\n", "c.yaml"), link)
    assert path.read_bytes() == bom + b"# \xc3\xa9\r\nschedule: hold\n"
    assert (path.stat().st_mode & 0o777, link.is_symlink()) == (0o640, True)
    assert sorted(os.listdir(tmp_path)) == ["c.yaml", "link.yaml"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_program_keeps_its_line_ends(tmp_path, end) -> None:
    path = tmp_path / "a.lr"
    path.write_bytes(f"warmup(5ep){end}> hold{end}".encode())
    save(fix_file(None, [Program("warmup(5ep)\n> hold\n", "a.lr")], check), path)
    assert path.read_bytes() == f"warmup(5ep){end}>> hold{end}".encode()


def test_a_file_that_has_changed_is_not_overwritten(tmp_path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("schedule: other()\n")
    with pytest.raises(ConfigError, match=r"c\.yaml: left as it is: it has changed since"):
        save(formatted("schedule: hold()\n", "c.yaml"), path)
    assert path.read_text() == "schedule: other()\n"


# --- the table of messages ------------------------------------------------------------------------

MESSAGES = Path(__file__).parent / "data" / "messages.json"
ENTRIES = [e for e in json.loads(MESSAGES.read_text(encoding="utf-8")) if "program" in e]


def count(found):
    return sum(d.severity == "error" for d in found), len(found)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e["program"][:30])
def test_no_certain_fix_that_helps_is_left(entry) -> None:
    def found(text):
        return lrdsl.check(text, **entry["run"])

    text, gone = fix(entry["program"], found)
    left = found(text)
    for d in left:
        if d.fix is not None and d.fix.certain:
            assert count(found(d.fix.apply(text))) >= count(left)
    assert (text != entry["program"]) is bool(gone)
    if gone:
        assert count(left) <= count(found(entry["program"]))
