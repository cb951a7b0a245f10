"""Where people hook it in: a type for their configs, quotes for Hydra, their tests, pre-commit."""

import argparse
import copy
import dataclasses
import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pydantic
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import lrdsl
from lrdsl import settings
from lrdsl.testing import assert_valid

ROOT = Path(__file__).parents[1]
GOOD = "warmup(5ep) >> cosine"
WRITTEN = "warmup( 5 epochs )>>cosine"
BAD = "warmup(5ep) >> cosin"


class Config(pydantic.BaseModel):
    schedule: lrdsl.Program


# --- the type -------------------------------------------------------------------------------------


def test_a_program_is_the_text_that_it_was_made_of():
    program = lrdsl.Program(WRITTEN)
    assert program == WRITTEN
    assert isinstance(program, str)
    assert program.schedule == lrdsl.parse(GOOD)
    assert lrdsl.compile(program, total="90ep")(5, lr=0.1) == 0.1


def test_a_schedule_becomes_its_canonical_text():
    program = lrdsl.Program(lrdsl.parse(WRITTEN))
    assert program == GOOD
    assert program.schedule == lrdsl.parse(GOOD)


@pytest.mark.parametrize("text", [BAD, "warmup(", "", "points([[5, 1], [1, 0]])"])
def test_a_program_has_no_error_that_it_has_in_every_run(text):
    errors = tuple(d for d in lrdsl.check(text) if d.severity == "error")
    assert errors
    with pytest.raises(lrdsl.LrdslError) as caught:
        lrdsl.Program(text)
    assert caught.value.diagnostics == errors
    assert caught.value.text == text


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))]
)
def test_a_copy_is_a_program(again):
    program = again(lrdsl.Program(WRITTEN))
    assert type(program) is lrdsl.Program
    assert program == WRITTEN
    assert program.schedule == lrdsl.parse(WRITTEN)


def test_a_model_holds_the_text_and_writes_the_canonical_one():
    config = Config(schedule=WRITTEN)
    assert type(config.schedule) is lrdsl.Program
    assert config.schedule == WRITTEN
    assert config.model_dump() == {"schedule": GOOD}
    assert json.loads(config.model_dump_json()) == {"schedule": GOOD}
    assert Config.model_validate_json(config.model_dump_json()).schedule == GOOD
    assert Config(schedule=lrdsl.parse(WRITTEN)).schedule == GOOD


def test_a_default_that_is_a_plain_text_is_written_too():
    class Lazy(pydantic.BaseModel):
        schedule: lrdsl.Program = WRITTEN

    assert Lazy().model_dump() == {"schedule": GOOD}


def test_an_error_of_a_model_is_ours():
    with pytest.raises(pydantic.ValidationError) as caught:
        Config(schedule=BAD)
    (error,) = caught.value.errors()
    (found,) = (d for d in lrdsl.check(BAD) if d.severity == "error")
    assert error["type"] == "lrdsl"
    assert error["loc"] == ("schedule",)
    assert error["msg"] == str(lrdsl.LrdslError([found], BAD))
    assert error["ctx"]["diagnostics"] == [found.as_dict()]
    assert json.loads(caught.value.json())[0]["ctx"]["diagnostics"][0]["code"] == "LR101"


def test_braces_in_a_text_are_shown_as_they_are():
    with pytest.raises(pydantic.ValidationError, match=r"warmup\({report}\)"):
        Config(schedule="warmup({report})")


@pytest.mark.parametrize("value", [3, None, ["hold"], b"hold", True])
def test_a_model_takes_no_other_thing(value):
    with pytest.raises(pydantic.ValidationError) as caught:
        Config(schedule=value)
    assert [e["type"] for e in caught.value.errors()] == ["string_type"]


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_the_json_schema_says_what_the_text_is(mode):
    schema = Config.model_json_schema(mode=mode)
    field = schema["properties"]["schedule"]
    assert (field["type"], field["format"]) == ("string", "lrdsl")
    assert field["description"]
    for example in field["examples"]:
        assert lrdsl.format(lrdsl.Program(example)) == example
    jsonschema.validate({"schedule": GOOD}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"schedule": 3}, schema)


def test_argparse_prints_what_is_wrong(capsys):
    parser = argparse.ArgumentParser(prog="train")
    parser.add_argument("--schedule", type=lrdsl.Program.argument, default=WRITTEN)
    assert type(parser.parse_args([]).schedule) is lrdsl.Program
    assert parser.parse_args(["--schedule", "hold(50%)"]).schedule == "hold(50%)"
    with pytest.raises(SystemExit):
        parser.parse_args(["--schedule", "cosin(50%)"])
    assert "train: error: argument --schedule: error[LR101]" in capsys.readouterr().err


@dataclasses.dataclass
class Structured:
    total: str = "5ep"
    schedule: str = "warmup(${total}) >> cosine"

    def __post_init__(self):
        self.schedule = lrdsl.Program(self.schedule)


def test_a_structured_config_of_omegaconf_is_checked_when_it_is_made_an_object():
    OmegaConf = pytest.importorskip("omegaconf").OmegaConf
    made = OmegaConf.to_object(OmegaConf.structured(Structured))
    assert type(made.schedule) is lrdsl.Program
    assert made.schedule == GOOD
    bad = OmegaConf.merge(OmegaConf.structured(Structured), {"total": "5 parsecs"})
    with pytest.raises(lrdsl.LrdslError, match="parsecs"):
        OmegaConf.to_object(bad)


def test_a_program_may_be_the_value_of_a_text_in_omegaconf():
    OmegaConf = pytest.importorskip("omegaconf").OmegaConf

    @dataclasses.dataclass
    class Holder:
        schedule: str = lrdsl.Program(GOOD)

    assert OmegaConf.to_container(OmegaConf.structured(Holder)) == {"schedule": GOOD}


# --- Hydra's command line -------------------------------------------------------------------------


@given(st.one_of(st.text(), st.text(alphabet="\\'\"$, {}[]()=ab\n%", max_size=12)))
def test_hydra_reads_back_what_is_quoted(text):
    overrides = pytest.importorskip("hydra.core.override_parser.overrides_parser")
    read = overrides.OverridesParser.create().parse_override(f"a.b={lrdsl.quote(text)}")
    assert read.value() == text


def test_hydra_composes_what_is_quoted(tmp_path):
    hydra = pytest.importorskip("hydra")
    (tmp_path / "config.yaml").write_text("schedule: hold\n", encoding="utf-8")
    text = "points([[0, 0], [5ep, lr]], 'it''s') >> cosine(end=1e-6)"
    with hydra.initialize_config_dir(str(tmp_path), version_base=None):
        composed = hydra.compose("config", [f"schedule={lrdsl.quote(text)}"])
    assert composed.schedule == text


# --- a project's own tests ------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings._nearest.cache_clear()
    table = '[tool.lrdsl]\ntotal = "90ep"\nexclude = ["old"]\n'
    write("pyproject.toml", table)
    write("conf/good.yaml", f"schedule: {GOOD}\n")
    write("conf/old/bad.yaml", f"schedule: {BAD}\n")
    return tmp_path


def write(name, text):
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, encoding="utf-8")


def said(*paths, **run):
    with pytest.raises(AssertionError) as caught:
        assert_valid(*paths, **run)
    return str(caught.value).splitlines()


def test_a_clean_folder_passes(project):
    assert_valid("conf")
    assert_valid(project / "conf", Path("conf/good.yaml"))


def test_a_bad_one_fails_with_every_error_at_its_place(project):
    write("conf/a.yaml", f"# mine\nschedule: {BAD}\n")
    write("conf/b.toml", 'schedule = "warmup(95ep)"\n')
    assert said("conf") == [
        "conf/a.yaml:2:26: error[LR101] cosin is not known here",
        "conf/b.toml:1:13: error[LR402] warmup 95ep, the run is 90ep",
        "checked 3 programs in 3 files: 2 errors",
    ]


def test_what_is_given_has_the_last_word(project):
    assert said("conf", total="3ep")[0].startswith("conf/good.yaml:1:11: error[LR402]")
    severe = {"select": ["LR815"], "severity": {"LR815": "error"}}
    assert "error[LR815]" in said("conf", **severe)[0]
    assert_valid("conf", select=["LR815"])  # a warning
    with pytest.raises(pydantic.ValidationError, match="totall"):
        assert_valid("conf", totall="90ep")


def test_a_comment_silences_it(project):
    write("conf/long.yaml", "schedule: warmup(95ep) # lrdsl: ignore[LR402] cut on purpose\n")
    assert_valid("conf")
    write("conf/stale.yaml", "schedule: hold # lrdsl: ignore[LR804] restart on purpose\n")
    assert "error[LR902]" in said("conf", severity={"LR902": "error"})[0]


def test_what_cannot_be_read_fails(project):
    write("conf/broken.yaml", 'schedule: "warmup\n')
    assert said("conf")[0].startswith("conf/broken.yaml:2:1: not YAML")
    assert said("missing.yaml")[0] == "missing.yaml: No such file or directory"
    assert said("conf/good.yaml", "nothing")[0] == "nothing: No such file or directory"


def test_a_test_of_nothing_fails(project):
    write("empty/a.yaml", "lr: 0.1\n")
    assert said("empty") == ["no program in empty"]
    assert said() == ["no program in no files"]


# --- pre-commit -----------------------------------------------------------------------------------

GIT = [
    "git",
    *("-c", "user.name=a"),
    *("-c", "user.email=a@b.c"),
    *("-c", "commit.gpgsign=false"),
    *("-c", "init.defaultBranch=main"),
]


@pytest.mark.skipif(not shutil.which("git"), reason="git is not there")
def test_pre_commit_runs_the_hook_on_the_files_of_a_commit(project):
    """The real pre-commit; ours runs from this checkout, as no network is there to install it."""
    pytest.importorskip("pre_commit")
    hooks = project / "hooks"
    hooks.mkdir()
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert hook["language"] == "python"
    assert hook["entry"].startswith("lrdsl ")
    hook["language"] = "system"
    hook["entry"] = f"{sys.executable} -m {hook['entry']}"
    (hooks / ".pre-commit-hooks.yaml").write_text(yaml.safe_dump([hook]), encoding="utf-8")
    rev = repository(hooks)
    work = project / "work"
    shutil.move(project / "conf", work / "conf")
    shutil.move(project / "pyproject.toml", work / "pyproject.toml")
    used = {"repo": str(hooks), "rev": rev, "hooks": [{"id": "lrdsl-check", "files": "^conf/"}]}
    (work / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [used]}))
    (work / "elsewhere.yaml").write_text(f"schedule: {BAD}\n", encoding="utf-8")
    (work / "conf" / "notes.txt").write_text(f"schedule: {BAD}\n", encoding="utf-8")
    repository(work)
    done = pre_commit(project, work)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "lrdsl check" in done.stdout
    assert "Passed" in done.stdout
    (work / "conf" / "bad.yaml").write_text(f"schedule: {BAD}\n", encoding="utf-8")
    repository(work)
    done = pre_commit(project, work)
    assert done.returncode == 1
    assert "conf/bad.yaml:1:26" in done.stdout
    assert "elsewhere" not in done.stdout
    assert "old/" not in done.stdout  # excluded by the settings, though pre-commit names it


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no checkout")
def test_pre_commit_installs_the_hook_by_itself(project):
    """As others do: from a repository, into an environment that pre-commit builds for it."""
    pytest.importorskip("pre_commit")
    found = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", "found", "hatchling"]
    if subprocess.run(found, capture_output=True, timeout=120).returncode:
        pytest.skip("no package index can be reached")
    ours = project / "ours"
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in names.split("\0"):
        if name.startswith(("lrdsl/", "grammar/")) or (name and "/" not in name):
            (ours / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, ours / name)
    used = {"repo": str(ours), "rev": repository(ours), "hooks": [{"id": "lrdsl-check"}]}
    work = project / "work"
    work.mkdir()
    (work / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [used]}))
    (work / "good.yaml").write_text(f"schedule: {GOOD}\n", encoding="utf-8")
    repository(work)
    done = pre_commit(project, work, path="")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed" in done.stdout
    (work / "bad.yaml").write_text(f"schedule: {BAD}\n", encoding="utf-8")
    repository(work)
    done = pre_commit(project, work, path="")
    assert done.returncode == 1
    assert "bad.yaml:1:26" in done.stdout


def repository(folder):
    """Commit all that is in a folder; the commit."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "--no-verify", "-m", "all"]):
        subprocess.run([*GIT, *command], cwd=folder, env=environment, check=True, timeout=60)
    head = subprocess.run(
        [*GIT, "rev-parse", "HEAD"],
        cwd=folder,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return head.stdout.strip()


def pre_commit(home, work, path=str(ROOT)):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "PRE_COMMIT"))}
    environment |= {"PRE_COMMIT_HOME": str(home / "cache"), "PYTHONPATH": path}
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", "--all-files", "--color", "never"],
        cwd=work,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
