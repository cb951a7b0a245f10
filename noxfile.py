"""The Pythons and the versions of its dependencies that lrdsl is for: `nox`, or `nox -s core-3.13`.

The core is run: everything but torch. The tests that need what is not installed leave themselves
out. nox looks for the interpreters on PATH; with pyenv, put ~/.pyenv/versions/*/bin there.
"""

import nox

nox.needs_version = ">=2024.4"
nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = True
nox.options.sessions = ["core", "older"]

TOOLS = (
    "pytest>=8",
    "build>=1.2",
    "hatchling>=1.24",
    "pytest-xdist>=3.5",
    "hypothesis>=6.100",
    "jsonschema",
    "lark>=1.1.9",
    "interegular>=0.3.3",
    "mpmath>=1.3",
)
OLDER = {
    "bounds": (  # the lower bounds of pyproject.toml
        "pydantic==2.7.0", "lark==1.1.9", "numpy==1.24.0", "click==8.2.0", "rich==13.0.0",
        "PyYAML==6.0", "plotext==6.1.0",
    ),
    "numpy": ("numpy==1.26.4",),
    "pydantic": ("pydantic==2.7.0",),
    "lark": ("lark==1.1.9",),
}  # fmt: skip


@nox.session(python=["3.10", "3.11", "3.12", "3.13"])
def core(session: nox.Session) -> None:
    """The newest of everything."""
    tests(session)


@nox.session
@nox.parametrize(
    "python,older",
    [
        ("3.10", "bounds"),
        ("3.11", "numpy"),
        ("3.12", "numpy"),
        ("3.12", "pydantic"),  # 2.7 and numpy 1 have no wheels for 3.13
        ("3.13", "lark"),
    ],
)
def older(session: nox.Session, older: str) -> None:
    """The oldest of one thing, and of all."""
    tests(session, *OLDER[older])


@nox.session(python="3.11")
def torch(session: nox.Session) -> None:
    """The core and the torch adapter."""
    session.install("torch==2.13.0")  # this spelling: constraints.txt says why
    session.install("--no-deps", "timm")  # its schedulers alone are looked at
    tests(session)


def tests(session: nox.Session, *versions: str) -> None:
    """Install lrdsl with the wheels that are wanted, and run what can run."""
    session.install("--only-binary", ":all:", *TOOLS, *versions)
    session.install("-e", ".", *versions)
    session.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", *session.posargs)
