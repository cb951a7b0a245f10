"""`lrdsl check` on many files and on bad ones: what can be checked is, and the rest is said."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lrdsl.cli import workers
from lrdsl.session import Session, look
from lrdsl.tasks import Input, Workspace

FINDINGS, COULD_NOT_RUN = 1, 3
GOOD = "schedule: warmup(5ep) >> cosine\n"
BAD = "schedule: warmup(5ep) >> cosin\n"
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals and pipes are those of POSIX")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("c").mkdir()


def write(name: str, text: str) -> None:
    Path("c", name).write_text(text, encoding="utf-8")


def checked(*options: str) -> subprocess.CompletedProcess[str]:
    """A run of its own: this process has threads, which processes do not fork from."""
    line = [sys.executable, "-m", "lrdsl", "check", *options, "--format", "concise"]
    return subprocess.run(line, capture_output=True, text=True, encoding="utf-8", timeout=60)


# --- bad files ------------------------------------------------------------------------------------


def not_utf_8(path: Path) -> str:
    path.write_bytes(b"schedule: caf\xe9\n")
    return f"{path}:1: byte 14 is not UTF-8 text"


def not_yaml(path: Path) -> str:
    path.write_text("schedule: 'warmup\nx: }\n")
    return f"{path}:3:1: not YAML: "


def half_written(path: Path) -> str:
    path.write_text("trainer: {epochs: 90,\n")
    return f"{path}:2:1: not YAML: "


def huge(path: Path) -> str:
    with path.open("wb") as file:
        file.truncate(20 * 2**20)
    return f"{path}: it has more than 16 MiB"


def binary(path: Path) -> str:
    path.write_bytes(b"schedule: \0\n")
    return f"{path}: a binary file"


def unreadable(path: Path) -> str:
    if sys.platform == "win32" or os.geteuid() == 0:
        pytest.skip("root may read all")
    path.write_text(GOOD)
    path.chmod(0)
    return f"{path}: Permission denied"


@pytest.mark.parametrize("make", [not_utf_8, not_yaml, half_written, huge, binary, unreadable])
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_bad_file_is_a_line_on_stderr_and_the_others_are_checked(make, jobs) -> None:
    write("a.yaml", BAD)
    message = make(Path("c", "b.yaml"))
    write("c.yaml", BAD)
    done = checked("c", "--jobs", jobs)
    assert done.returncode == COULD_NOT_RUN
    error, summary = done.stderr.splitlines()
    assert error.startswith(f"Error: {message}")
    assert summary == "checked 2 programs in 2 files: 2 errors; 1 file could not be read"
    assert [line.split(": ")[0] for line in done.stdout.splitlines()] == [
        f"{Path('c', 'a.yaml')}:1:26",
        f"{Path('c', 'c.yaml')}:1:26",
    ]


def test_folders_that_lead_in_circles_are_walked_once() -> None:
    write("a.yaml", BAD)
    Path("c", "loop").symlink_to(Path("..", "c"), target_is_directory=True)
    done = checked("c")
    assert (done.returncode, len(done.stdout.splitlines())) == (FINDINGS, 1)


@POSIX
def test_a_reader_that_goes_away_ends_the_check_quietly() -> None:
    for i in range(50):
        write(f"{i}.yaml", "\n".join(f"x{i}: {{schedule: cosin}}" for i in range(50)))
    line = f"{sys.executable} -m lrdsl check c --jobs 2 2>errors | head -n 1 | wc -l"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "1"
    assert Path("errors").read_text() == ""


# --- many files -----------------------------------------------------------------------------------


def test_processes_find_what_one_finds_in_the_same_order() -> None:
    texts = [
        GOOD,
        BAD,
        "schedule: cosin # lrdsl: ignore[LR101] on purpose\n",
        "schedule: hold # lrdsl: ignore[LR101] unused\n",
        "schedule: warmup(5 ep) >> hold\nlr: 1e-4\n",
        "schedule: {a: [\n",
    ]
    for i in range(60):
        write(f"{i:02}.yaml", texts[i % len(texts)])
    one, many = checked("c", "--jobs", "1"), checked("c", "--jobs", "3")
    assert one.returncode == many.returncode == COULD_NOT_RUN
    assert (one.stdout, one.stderr) == (many.stdout, many.stderr)
    places = [line.split(":")[0] for line in one.stdout.splitlines()]
    assert len(places) >= 30
    assert places == sorted(places)


def test_a_look_keeps_findings_and_no_files() -> None:
    write("a.yaml", BAD)
    session = Session(Workspace())
    path = Path("c", "a.yaml")
    session.look_at([Input(str(path), path)], ())
    (finding,) = session.findings()
    assert finding.program.document is None
    assert finding.place.column == 26
    assert look(Input(str(path), path), asked=Workspace(), named=()).findings == [finding]


def test_another_thread_may_have_processes() -> None:
    write("a.yaml", BAD)
    write("b.yaml", GOOD)
    code = """if True:
        from threading import Thread
        from lrdsl.cli import cli
        line = ["check", "c", "--jobs", "2", "--exit-zero", "--format", "concise"]
        thread = Thread(target=cli, args=(line,), kwargs={"standalone_mode": False})
        thread.start()
        thread.join()
    """
    line = [sys.executable, "-c", code]
    done = subprocess.run(line, capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert done.stderr == "checked 2 programs in 2 files: 1 error\n"  # and no ValueError
    assert done.stdout.startswith(f"{Path('c', 'a.yaml')}:1:26: error[LR101]")


def test_how_many_processes() -> None:
    assert workers.wanted(None, workers.MANY - 1) == 1
    assert 1 <= workers.wanted(None, workers.MANY) <= workers.MANY
    assert [workers.wanted(8, n) for n in (0, 1, 5, 100)] == [1, 1, 5, 8]


def test_a_system_that_cannot_say_which_cores_are_free_says_how_many_there_are(monkeypatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)  # as on macOS and Windows
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    assert workers.wanted(None, workers.MANY) == 3
    monkeypatch.setattr(os, "cpu_count", lambda: None)  # as it may say
    assert workers.wanted(None, workers.MANY) == 1


def test_one_process_works_on_each_when_it_is_asked_for() -> None:
    done: list[int] = []

    def work(given: int) -> int:
        done.append(given)
        return -given

    results = workers.each(work, [1, 2], 1)
    assert (next(results), done) == (-1, [1])
    assert (list(results), done) == ([-2], [1, 2])


@POSIX
@pytest.mark.parametrize(
    ("work", "said"),
    [
        ("os._exit(1)", "Error: a worker process died; --jobs 1 needs none"),
        ("os.kill(os.getppid(), signal.SIGINT)", "Error: interrupted"),
    ],
)
def test_a_check_that_ends_early_says_so(work, said) -> None:
    for i in range(40):
        write(f"{i}.yaml", GOOD)
    Path("early.py").write_text(EARLY.format(work=work))
    done = subprocess.run([sys.executable, "early.py"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr.strip()) == (COULD_NOT_RUN, "", said)


EARLY = """
import os, signal, time
from lrdsl.cli import checking, cli
def look(given, **_):
    if os.path.basename(given.name) == "0.yaml":
        {work}
        time.sleep(20)  # until the signal has arrived, on a busy machine too
    time.sleep(0.05)
checking.look = look
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's `&` ignores it
    cli(["check", "c", "--jobs", "2"])
"""
