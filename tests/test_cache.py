"""The cache of `lrdsl check`: what it says is what a check without it says."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lrdsl import cache, reports, settings
from lrdsl.cache import FILE, Cache
from lrdsl.cli import checking, cli
from lrdsl.configs import signs
from lrdsl.session import Look, look
from lrdsl.tasks import Input, Workspace

EXPERIMENTS = Path(__file__).parent / "experiments"
BASE = Path(".lrdsl_cache", FILE)
GOOD = "schedule: warmup(5ep) >> cosine\n"
BAD = "schedule: warmup(5ep) >> cosin\n"
FIXED = "schedule: 'warmup( 5 epochs )»cosine' # lrdsl: ignore[LR804] unused\nlr: 1e-4\n"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def check(*arguments: str) -> Result:
    settings._nearest.cache_clear()  # a run of its own would know of no older file
    signs._is_under_hydra.cache_clear()
    return CliRunner().invoke(cli, ["check", *arguments])


def reported(*arguments: str) -> dict[str, str | int]:
    """All that a check says, in every format."""
    names = [name for name in reports.REPORTS if name != "full"]
    formats = [word for name in names for word in ("--format", f"{name}={name}.out")]
    done = check(*arguments, "--format", "full", *formats)
    said = {name: Path(f"{name}.out").read_text(encoding="utf-8") for name in names}
    return {**said, "full": done.stdout, "stderr": done.stderr, "exit": done.exit_code}


@pytest.fixture
def looks(monkeypatch) -> list[str]:
    """The names of what is looked at."""
    names: list[str] = []

    def noted(given: Input, **more: object) -> Look:
        names.append(Path(given.name).as_posix())
        return look(given, **more)

    monkeypatch.setattr(checking, "look", noted)
    return names


# --- the same findings ----------------------------------------------------------------------------


def test_every_report_is_the_same_and_nothing_is_looked_at_again(tmp_path, looks) -> None:
    ignored = shutil.ignore_patterns("expected.json", "__pycache__", ".lrdsl_cache")
    shutil.copytree(EXPERIMENTS, tmp_path, ignore=ignored, dirs_exist_ok=True)
    plain = reported("--no-cache", ".")
    assert plain["exit"] == 1
    assert not BASE.exists()
    count = len(looks)
    assert reported(".") == plain
    assert len(looks) == 2 * count
    assert reported(".") == plain
    assert len(looks) == 2 * count


def test_a_file_that_is_edited_is_looked_at_again(looks) -> None:
    for name in ("a.yaml", "b.yaml"):
        write(name, GOOD)
    assert check(".").exit_code == 0
    write("b.yaml", BAD)
    looks.clear()
    assert "b.yaml:1:26" in check(".").stdout
    assert looks == ["b.yaml"]
    write("b.yaml", GOOD)
    looks.clear()
    assert check(".").exit_code == 0
    assert looks == []


@pytest.mark.parametrize(
    "options",
    [["--total", "3ep"], ["--select", "LR815"], ["--ignore", "LR1"], ["--name", "cosin=5ep"]],
)
def test_other_options_are_another_check(options, looks) -> None:
    write("a.yaml", BAD)
    check("a.yaml")
    looks.clear()
    assert check("a.yaml", *options).stdout == check("--no-cache", "a.yaml", *options).stdout
    assert looks == ["a.yaml"] * 2


def test_other_settings_are_another_check(looks) -> None:
    write("a.yaml", GOOD)
    write("pyproject.toml", "[tool.lrdsl]\ntotal = '90ep'\n")
    assert check("a.yaml").exit_code == 0
    write("pyproject.toml", "[tool.lrdsl]\ntotal = '3ep'\n")
    assert "LR402" in check("a.yaml").stdout


def test_another_version_is_another_check(looks, monkeypatch) -> None:
    write("a.yaml", GOOD)
    check("a.yaml")
    monkeypatch.setattr(cache, "_program", lambda: "another")
    check("a.yaml")
    assert looks == ["a.yaml"] * 2


def test_this_version_is_that_of_the_package_and_of_what_reads_files() -> None:
    import pydantic
    import yaml

    said = cache._program()
    changed = max(p.stat().st_mtime_ns for p in Path(cache.__file__).parent.rglob("*.py"))
    for when in (changed, *(Path(m.__file__).stat().st_mtime_ns for m in (pydantic, yaml))):
        assert str(when) in said


def test_another_version_may_have_the_same_date_or_be_packed(tmp_path, monkeypatch) -> None:
    module = write("lrdsl/cache.py", "x = 1\n")
    monkeypatch.setattr(cache, "__file__", str(tmp_path / module))
    said, when = cache._program.__wrapped__, module.stat().st_mtime_ns
    first = said()
    assert said() == first
    os.utime(write(str(module), "x = 22\n"), ns=(when, when))
    assert said() != first
    monkeypatch.setattr(cache, "find_spec", lambda name: None)  # packed with an application
    assert str(when) in said()
    module.unlink()
    assert said() != said()


def test_a_tree_of_hydras_around_a_file_is_another_check() -> None:
    write("conf/optimizer/sgd.yaml", "lr: 1e-1\nschedule: cosine\n")
    assert "LR903" in check("conf").stdout
    write("conf/train.yaml", "defaults:\n  - optimizer: sgd\n")
    assert "LR903" not in check("conf").stdout


def test_what_is_said_of_a_file_that_a_person_named_is_said_again() -> None:
    write("a.yaml", "lr: 0.1\n")
    assert check(".").stderr == "checked 0 programs: no findings\n"
    first = check("a.yaml").stderr
    assert first.startswith("note: a.yaml: no key")
    assert check("a.yaml").stderr == first


def test_processes_share_what_is_known(looks) -> None:
    for i in range(40):
        write(f"c/{i:02}.yaml", BAD if i % 7 == 3 else GOOD)
    line = [sys.executable, "-m", "lrdsl", "check", "c", "--jobs", "2", "--format", "concise"]
    runs = [subprocess.Popen(line, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = {run.communicate(timeout=60)[0] for run in runs}
    assert said == {check("c", "--format", "concise").stdout}
    assert len(said.pop().splitlines()) == 6
    assert looks == []


# --- what is not kept -----------------------------------------------------------------------------


def test_texts_and_files_that_cannot_be_read_are_not_kept(looks, monkeypatch) -> None:
    write("a.yaml", "schedule: {\n")
    for _ in range(2):
        assert check("a.yaml", "warmup(5ep) >> cosine").exit_code == 3
    assert len(looks) == 4
    write("b.yaml", GOOD)
    check("b.yaml")
    looks.clear()
    done = CliRunner().invoke(cli, ["check", "-", "--stdin-filename", "b.yaml"], input=BAD)
    assert (done.exit_code, looks) == (1, ["b.yaml"])


@pytest.mark.skipif(sys.platform == "win32", reason="pipes have no paths")
def test_a_pipe_is_read_once() -> None:
    reader, writer = os.pipe()  # as the <(..) of a shell
    os.write(writer, b"warmup(5ep) >> cosin")
    os.close(writer)
    assert f"/dev/fd/{reader}:1:16" in check(f"/dev/fd/{reader}").stdout
    os.close(reader)


def test_what_is_to_be_fixed_is_looked_at() -> None:
    path = write("a.yaml", FIXED)
    first = check("a.yaml")
    assert first.stdout == check("a.yaml").stdout
    assert "fixed LR006" in check("a.yaml", "--fix").stderr
    assert "»" not in path.read_text(encoding="utf-8")


def test_a_file_that_changes_meanwhile_is_not_kept() -> None:
    path = write("a.yaml", BAD)
    given, asked = Input("a.yaml", path), Workspace()
    remembered = Cache(Path("kept"), asked)
    key, _ = remembered.find(given)
    found = look(given, asked=asked, named=())
    write("a.yaml", GOOD)
    remembered.keep(given, key, found)
    remembered.close()
    write("a.yaml", BAD)
    again = Cache(Path("kept"), asked)
    assert again.find(given) == (key, None)
    again.close()


def test_old_entries_are_dropped_and_so_are_too_many(monkeypatch) -> None:
    asked = Workspace()

    def kept(*names: str, text: str = GOOD) -> list[bool]:
        remembered = Cache(Path("kept"), asked)
        inputs = [Input(name, write(name, text)) for name in names]
        known = [remembered.find(given) for given in inputs]
        for given, (key, found) in zip(inputs, known, strict=True):
            if found is None:
                remembered.keep(given, key, look(given, asked=asked, named=()))
        remembered.close()
        return [found is not None for _, found in known]

    now = cache.time.time()
    assert kept("a.yaml", "b.yaml") == [False, False]
    monkeypatch.setattr(cache.time, "time", lambda: now + 86_400 * cache.DAYS)
    assert kept("a.yaml") == [True]
    monkeypatch.setattr(cache.time, "time", lambda: now + 86_400 * (cache.DAYS + 1))
    assert kept("c.yaml") == [False]
    assert kept("a.yaml", "b.yaml", "c.yaml") == [True, False, True]
    monkeypatch.setattr(cache, "MOST", 2)
    assert kept("d.yaml") == [False]
    assert sum(kept("a.yaml", "b.yaml", "c.yaml", "d.yaml")) == 2
    monkeypatch.setattr(cache, "LARGEST", 10)
    assert kept("e.yaml", text=BAD) == kept("e.yaml", text=BAD) == [False]


# --- the folder -----------------------------------------------------------------------------------


def test_a_long_run_writes_what_it_knows_meanwhile(looks, monkeypatch) -> None:
    names = [write(f"{name}.yaml", GOOD).name for name in "abc"]
    monkeypatch.setattr(cache, "AT_ONCE", 2)
    monkeypatch.setattr(Cache, "close", lambda self: self._base.close())  # as if it ended early
    check(*names)
    looks.clear()
    check(*names)
    assert looks == ["c.yaml"]


def test_it_is_beside_the_settings_and_no_business_of_git_or_of_backups() -> None:
    write("pyproject.toml", "[tool.lrdsl]\nkeys = ['schedule']\n")
    write("conf/a.yaml", GOOD)
    os.chdir("conf")
    check("a.yaml")
    assert not Path(".lrdsl_cache").exists()
    assert Path("..", ".lrdsl_cache", ".gitignore").read_text() == "*\n"
    tag = Path("..", ".lrdsl_cache", "CACHEDIR.TAG").read_text()
    assert tag.startswith("Signature: 8a477f597d28d172789f06886806bc55")


@pytest.mark.parametrize(
    ("table", "folder"), [("cache-dir = 'x/y'", "x/y"), ("cache = false", None)]
)
def test_settings_say_where_it_is_and_whether(table, folder) -> None:
    write("pyproject.toml", f"[tool.lrdsl]\n{table}\n")
    write("a.yaml", GOOD)
    check("a.yaml")
    found = [p.parent.as_posix() for p in Path().rglob(FILE)]
    assert found == ([] if folder is None else [folder])


def test_a_folder_that_was_there_is_not_hidden_from_git_and_backups(looks) -> None:
    write("pyproject.toml", "[tool.lrdsl]\ncache-dir = '.'\n")
    write("a.yaml", GOOD)
    for _ in range(2):
        check("a.yaml")
    assert looks == ["a.yaml"]
    assert {p.name for p in Path().iterdir()} == {"pyproject.toml", "a.yaml", FILE}


def test_without_a_file_to_check_there_is_none() -> None:
    check("warmup(5ep) >> cosine")
    assert list(Path().iterdir()) == []


def damaged(data: bytes) -> list[bytes]:
    """Data that is not ours any more."""
    half = len(data) // 2
    return [b"", b"nonsense" * 100, data[:half], data[:half] + bytes(half), data[::-1]]


def test_a_damaged_file_is_replaced(looks) -> None:
    write("a.yaml", BAD)
    plain = check("a.yaml")
    for data in damaged(BASE.read_bytes()):
        BASE.write_bytes(data)
        looks.clear()
        for _ in range(3):
            done = check("a.yaml")
            assert (done.stdout, done.stderr, done.exit_code) == (plain.stdout, plain.stderr, 1)
        assert len(looks) < 3
    with sqlite3.connect(BASE) as base:  # a bit of an entry has changed
        base.execute("UPDATE looks SET found = CAST(replace(found, 'cosin', 'COSIN') AS BLOB)")
    base.close()
    looks.clear()
    assert check("a.yaml").stdout == check("a.yaml").stdout == plain.stdout
    assert looks == ["a.yaml"]


def test_the_file_of_another_is_replaced(looks) -> None:
    write("a.yaml", GOOD)
    BASE.parent.mkdir()
    with sqlite3.connect(BASE) as base:
        base.execute("CREATE TABLE looks (x)")
    base.close()
    for _ in range(2):
        check("a.yaml")
    assert looks == ["a.yaml"]


def test_a_folder_that_cannot_be_used_is_no_error(looks) -> None:
    write("a.yaml", BAD)
    plain = check("--no-cache", "a.yaml").stdout
    write(".lrdsl_cache", "a file")
    assert check("a.yaml").stdout == plain
    Path(".lrdsl_cache").unlink()
    BASE.mkdir(parents=True)
    assert check("a.yaml").stdout == plain
    assert BASE.is_dir()


def test_a_disk_that_damages_every_file_is_no_error(monkeypatch) -> None:
    write("a.yaml", BAD)
    plain = check("a.yaml").stdout

    def fails(path: Path) -> None:
        raise sqlite3.DatabaseError("file is not a database")

    monkeypatch.setattr(cache, "_connected", fails)
    assert check("a.yaml").stdout == plain
    assert not BASE.exists()


def test_a_file_that_another_process_holds_is_left_alone(looks, monkeypatch) -> None:
    write("a.yaml", BAD)
    plain = check("a.yaml").stdout
    write("b.yaml", BAD)
    monkeypatch.setattr(cache, "PATIENCE", 0)
    base = sqlite3.connect(BASE, isolation_level=None)
    base.execute("BEGIN EXCLUSIVE")
    assert check("a.yaml").stdout == plain
    base.execute("COMMIT")
    base.execute("BEGIN IMMEDIATE")
    looks.clear()
    assert check("a.yaml", "b.yaml").stdout == check("a.yaml", "b.yaml").stdout
    assert looks == ["b.yaml", "b.yaml"]
    base.execute("COMMIT")
    base.close()
    check("b.yaml")
    looks.clear()
    assert check("a.yaml").stdout == plain
    assert looks == []
