"""The wheel, away from the checkout: what others install must not lean on what lies here.

Hence a clean environment, and another folder.
"""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

CHECKOUT = Path(__file__).resolve().parent.parent
GRAMMAR = CHECKOUT / "grammar" / "lrdsl.lark"

# One worker builds, the others need not.
pytestmark = pytest.mark.xdist_group("wheel")


def run(*command: object, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run ``command`` in ``cwd`` with no trace of this interpreter's own paths."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    return subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
    )


def output(*command: object, cwd: Path, stdin: str = "") -> str:
    """Run ``command``, which must succeed, and return what it wrote to stdout."""
    done = run(*command, cwd=cwd, stdin=stdin)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@dataclass(frozen=True)
class Distributions:
    """The archives of this checkout; ``wheel`` is built from ``sdist``, ``direct`` is not."""

    sdist: Path
    wheel: Path
    direct: Path


@dataclass(frozen=True)
class Clean:
    """An environment that holds the wheel and nothing else, and a folder far from the checkout."""

    root: Path
    elsewhere: Path

    @property
    def scripts(self) -> Path:
        return self.root / ("Scripts" if os.name == "nt" else "bin")

    def python(self, *arguments: object, stdin: str = "") -> str:
        return output(self.scripts / "python", *arguments, cwd=self.elsewhere, stdin=stdin)


@pytest.fixture(scope="module")
def distributions(tmp_path_factory) -> Distributions:
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir"]
    chain, direct = tmp_path_factory.mktemp("chain"), tmp_path_factory.mktemp("direct")
    output(*build, chain, CHECKOUT, cwd=chain)  # a wheel from an sdist
    output(*build, direct, "--wheel", CHECKOUT, cwd=direct)
    (sdist,), (wheel,) = chain.glob("*.tar.gz"), chain.glob("*.whl")
    return Distributions(sdist, wheel, *direct.glob("*.whl"))


@pytest.fixture(scope="module")
def clean(distributions, tmp_path_factory) -> Clean:
    root = tmp_path_factory.mktemp("clean")
    venv.create(root, with_pip=False)
    clean = Clean(root, tmp_path_factory.mktemp("elsewhere"))
    pip = [sys.executable, "-m", "pip", "--python", root, "install", "--no-index", "--no-deps"]
    output(*pip, distributions.wheel, cwd=clean.elsewhere)

    # The dependencies come from the running environment, without the network. A line in a .pth
    # file adds a folder to sys.path but does not process the .pth files inside that folder, which
    # is how an editable install of the checkout is found; and the folder comes after the clean
    # environment's own, so not even a copy of lrdsl in it could be taken for the wheel's.
    installed = [p for p in sys.path if Path(p).name in ("site-packages", "dist-packages")]
    site = clean.python("-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    (Path(site) / "dependencies.pth").write_text("\n".join(installed), encoding="utf-8")
    return clean


def test_the_sdist_holds_what_its_tests_need(distributions) -> None:
    with tarfile.open(distributions.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    sources = {".py", ".lark", ".md", ".json", ".yaml"}
    needed = {
        path.relative_to(CHECKOUT).as_posix()
        for folder in ("lrdsl", "grammar", "examples", "tests")
        for path in (CHECKOUT / folder).rglob("*")
        if path.suffix in sources
    }
    assert needed | {"grammar/lrdsl.lark", "LICENSE", "README.md", "Makefile"} <= names


def test_the_wheel_holds_the_package_its_grammar_and_its_types(distributions) -> None:
    with zipfile.ZipFile(distributions.wheel) as wheel:
        names = set(wheel.namelist())
        assert wheel.read("lrdsl/lrdsl.lark") == GRAMMAR.read_bytes()
    assert "lrdsl/py.typed" in names
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"lrdsl"}


def test_the_wheel_of_a_clone_is_the_wheel_of_the_sdist(distributions) -> None:
    contents = []
    for path in (distributions.wheel, distributions.direct):
        with zipfile.ZipFile(path) as wheel:
            contents.append({entry.filename: entry.CRC for entry in wheel.infolist()})
    assert contents[0] == contents[1]


def test_the_wheel_runs_from_another_folder(clean) -> None:
    package = Path(clean.python("-c", "import lrdsl; print(lrdsl.__file__)").strip()).parent
    assert package.is_relative_to(clean.root)

    text = "warmup(5ep) >> cosine(85ep)"
    assert clean.python("-c", f"import lrdsl; print(lrdsl.parse({text!r}))").strip() == text
    rates = f"plan = lrdsl.compile({text!r}, total='90ep'); print(plan(0, lr=0.1), plan(5, lr=0.1))"
    assert clean.python("-c", f"import lrdsl; {rates}").split() == ["0.0", "0.1"]


def test_a_program_is_read_without_lark(clean) -> None:
    code = "import sys; sys.modules['lark'] = None; import lrdsl; print(lrdsl.parse('cosine'))"
    assert clean.python("-c", code).strip() == "cosine"


def test_the_clean_environment_hides_the_checkout(clean, tmp_path) -> None:
    """Else the tests above would prove nothing."""
    package = Path(clean.python("-c", "import lrdsl; print(lrdsl.__file__)").strip()).parent
    shutil.copytree(package, tmp_path / "lrdsl", ignore=shutil.ignore_patterns("tables.py*"))
    broken = run(
        clean.scripts / "python", "-c", "import lrdsl; lrdsl.parse('cosine')", cwd=tmp_path
    )
    assert broken.returncode != 0
    assert "tables" in broken.stderr


def test_the_command_runs_from_another_folder(clean) -> None:
    clean.python("-m", "lrdsl", "check", "-", stdin="warmup(5ep) >> cosine(85ep)")
    bad = run(clean.scripts / "lrdsl", "check", "-", cwd=clean.elsewhere, stdin="cosin")
    assert bad.returncode == 1, bad.stderr
    assert "LR101" in bad.stdout


def test_the_wheel_checks_a_repository_of_experiments(clean, tmp_path) -> None:
    """Offline, and where neither torch nor numpy can be imported."""
    experiments = CHECKOUT / "tests" / "experiments"
    repository = tmp_path / "repository"
    shutil.copytree(experiments, repository, ignore=shutil.ignore_patterns("expected.json"))
    code = """
import sys
sys.modules.update(dict.fromkeys(("torch", "numpy", "matplotlib")))
from lrdsl.cli import main
main()
"""
    python = clean.scripts / "python"
    done = run(python, "-c", code, "check", ".", "--format", "json", cwd=repository)
    assert done.returncode == 1, done.stderr
    expected = json.loads((experiments / "expected.json").read_text(encoding="utf-8"))
    places = [
        [(f["file"], f["line"], f["column"], f["code"]) for f in findings]
        for findings in (json.loads(done.stdout), expected)
    ]
    assert sorted(places[0]) == sorted(places[1])


def test_the_version_is_written_once(clean, distributions) -> None:
    printed = clean.python("-c", "import lrdsl; print(lrdsl.__version__)").strip()
    assert distributions.wheel.name.startswith(f"lrdsl-{printed}-")
    sources = [CHECKOUT / "pyproject.toml", *(CHECKOUT / "lrdsl").rglob("*.py")]
    written = [path.name for path in sources if f'"{printed}"' in path.read_text(encoding="utf-8")]
    assert written == ["pyproject.toml"]


def test_the_hook_that_others_use_calls_a_command_of_the_wheel(clean) -> None:
    (hook,) = yaml.safe_load((CHECKOUT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    command, *arguments = hook["entry"].split()
    assert (hook["id"], command) == ("lrdsl-check", "lrdsl")
    help_text = output(clean.scripts / command, *arguments, "--help", cwd=clean.elsewhere)
    assert "Usage" in help_text
