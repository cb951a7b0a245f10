"""Change the code in one small way at a time, and see whether a test notices.

A mutant lives in memory only: a forked child imports the changed module in place of the real one.
It dies of the conformance vectors, as most do, or of the tests that are chosen for its module.
Mutants that no test can tell from the code are explained in tests/data/mutants.json and left out.

    PYTHONPATH=. python tools/mutants.py lrdsl/values.py --sample 50 --seed 1

Each survivor is printed as the entry that would explain it; ``--again FILE`` tries those that an
earlier run has printed. The exit status is 1 if there is one.
"""

from __future__ import annotations

import argparse
import ast
import copy
import json
import os
import random
import resource
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import find_spec, spec_from_loader
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parent.parent
EXPLAINED = ROOT / "tests" / "data" / "mutants.json"
SECONDS = 120  # a mutant that takes longer is a loop without an end: killed
MEMORY = 8 << 30

TESTS = {  # the quickest first
    "lrdsl/values.py": ("units", "corners_layout", "laws"),
    "lrdsl/run.py": ("units", "corners_layout", "laws"),
    "lrdsl/layout": ("corners_layout", "corners_fitting", "restarts", "lint", "laws"),
    "lrdsl/plan.py": (
        "units",
        "corners_plan",
        "corners_fitting",
        "corners_layout",
        "compiled",
        "memo",
        "laws",
    ),
    "lrdsl/compiled": ("corners_printed", "corners_layout", "compiled", "noise", "laws"),
}

# --- mutations ------------------------------------------------------------------------------------

SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


def variants(node: ast.AST) -> Iterator[ast.AST]:
    """What could stand in a node's place, each a mistake that a person could make."""
    match node:
        case ast.Compare():
            for i, op in enumerate(node.ops):
                if swap := SWAPS.get(type(op)):
                    ops = [*node.ops[:i], swap(), *node.ops[i + 1 :]]
                    yield ast.Compare(node.left, ops, node.comparators)
        case ast.BinOp(left, op, right) if swap := SWAPS.get(type(op)):
            yield ast.BinOp(left, swap(), right)
        case ast.AugAssign(target, op, value) if swap := SWAPS.get(type(op)):
            yield ast.AugAssign(target, swap(), value)
        case ast.BoolOp(op, values):
            yield ast.BoolOp(SWAPS[type(op)](), values)
        case ast.UnaryOp(ast.Not() | ast.USub(), operand):
            yield operand
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() | float() as value):
            yield ast.Constant(value + 1)
        case ast.If(test, body, rest) if isinstance(test, ast.Name | ast.Call | ast.Attribute):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, rest)
        case ast.IfExp(test, body, rest):
            yield ast.IfExp(test, rest, body)
        case ast.Return(ast.AST() as value) if ast.unparse(value) != "None":
            yield ast.Return(ast.Constant(None))
        case ast.Raise() | ast.Expr(ast.Call()):
            yield ast.Pass()
        case ast.Continue():
            yield ast.Break()


@dataclass(frozen=True)
class Mutant:
    """A change: where it is, the statement before and after, and why no test can tell."""

    module: str
    within: str
    was: str
    becomes: str
    why: str = ""


@dataclass
class Place:
    """Where a node hangs in the tree: a field of its parent, or an entry of a list there."""

    parent: ast.AST
    field: str
    index: int | None
    statement: ast.stmt | None

    def put(self, node: ast.AST) -> None:
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


UNCHANGED = {"annotation", "returns", "decorator_list"}  # nothing at run time depends on them


def places(
    node: ast.AST, within: str = "", statement: ast.stmt | None = None
) -> Iterator[tuple[Place, str, ast.AST]]:
    """Every node that runs, with its place and the function that it is in."""
    for field, value in ast.iter_fields(node):
        if field in UNCHANGED:
            continue
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST) or isinstance(child, ast.Assert | ast.JoinedStr):
                continue  # what is claimed cannot fail; texts have tests word for word
            if isinstance(child, ast.FunctionDef) and _is_overload(child):
                continue
            holder = child if isinstance(child, ast.stmt) else statement
            inner = within
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                inner = f"{within}.{child.name}".lstrip(".")
            yield Place(node, field, index, holder), inner, child
            yield from places(child, inner, holder)


def _is_overload(function: ast.FunctionDef) -> bool:
    return any(isinstance(d, ast.Name) and d.id == "overload" for d in function.decorator_list)


def mutants(tree: ast.Module, module: str) -> Iterator[tuple[Mutant, Place, ast.AST]]:
    for place, within, node in places(tree):
        for changed in variants(node):
            ast.fix_missing_locations(ast.copy_location(changed, node))
            was = _line(place.statement)
            place.put(changed)
            becomes = _line(changed if place.statement is node else place.statement)
            place.put(node)
            yield Mutant(module, within, was, becomes), place, changed


def _line(node: ast.AST | None) -> str:
    return "" if node is None else ast.unparse(node).partition("\n")[0]


# --- running --------------------------------------------------------------------------------------


class Changed(SourceFileLoader):
    """Loads one module from a tree."""

    def __init__(self, name: str, path: Path, tree: ast.Module) -> None:
        super().__init__(name, str(path))
        self.tree = tree

    def get_code(self, fullname: str) -> object:
        return compile(self.tree, self.path, "exec")

    def find_spec(self, fullname: str, path: object, target: object = None) -> ModuleSpec | None:
        return spec_from_loader(fullname, self) if fullname == self.name else None


def outcome(path: Path, tree: ast.Module, tests: list[str]) -> str:
    """``survived``, ``killed`` or ``timeout``: what the tests say of a module in this form."""
    child = os.fork()
    if not child:
        try:
            signal.alarm(SECONDS)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            sys.meta_path.insert(0, Changed(name, path, tree))
            conforms()
            if not tests:
                os._exit(0)
            options = ["-x", "-q", "--tb=no", "-p", "no:cacheprovider", "--assert=plain"]
            os._exit(pytest.main([*options, "--hypothesis-profile=mutants", *tests]))
        except BaseException:
            os._exit(1)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status == -signal.SIGALRM:
        return "timeout"
    return "survived" if status == 0 else "killed"


def conforms() -> None:
    """The tests of the vectors, without pytest's work for each; in an order that mixes them."""
    sys.path.insert(0, str(ROOT / "tests"))
    import test_conformance as vectors

    kinds = (
        ("values", vectors.test_values),
        ("canonical", vectors.test_canonical_text),
        ("errors", vectors.test_errors),
        ("lints", vectors.test_lints),
    )
    work = [(test, case) for key, test in kinds for case in vectors.CASES if key in case]
    random.Random(0).shuffle(work)
    for test, case in work:
        test(case)


def chosen(module: str) -> list[str]:
    (names,) = [tests for start, tests in TESTS.items() if module.startswith(start)]
    files = [ROOT / "tests" / f"test_{name}.py" for name in names]
    return [str(f) for f in files if f.exists()]


def main() -> int:
    as_written = argparse.RawDescriptionHelpFormatter
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=as_written)
    arguments.add_argument("module", nargs="+", help="files of lrdsl, as in lrdsl/values.py")
    arguments.add_argument("--sample", type=int, help="so many of each file, not all")
    arguments.add_argument("--seed", type=int, default=0, help="of the sample")
    arguments.add_argument("--again", type=Path, help="only what this file lists, line by line")
    arguments.add_argument("--vectors", action="store_true", help="only the conformance vectors")
    options = arguments.parse_args()

    hypothesis.settings.register_profile(
        "mutants",
        max_examples=10,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],  # shrinking is for people
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    os.chdir(ROOT)
    for large in ("numpy", "pydantic", "torch"):  # imported once, for all children
        if find_spec(large):
            import_module(large)
    known = json.loads(EXPLAINED.read_text(encoding="utf-8")) if EXPLAINED.exists() else []
    explained = {Mutant(**{**entry, "why": ""}) for entry in known}
    again = options.again and {
        Mutant(**json.loads(line))
        for line in options.again.read_text(encoding="utf-8").splitlines()
        if line.startswith("{")
    }
    survivors = 0
    for module in options.module:
        path = ROOT / module
        tree = ast.parse(path.read_text(encoding="utf-8"))
        tests = [] if options.vectors else chosen(module)
        began = time.monotonic()
        if outcome(path, tree, tests) != "survived":
            sys.exit(f"{module}: the tests fail without any change")
        print(f"# {module}: {time.monotonic() - began:.1f} s of tests", flush=True)
        every = [m for m in mutants(tree, module) if m[0] not in explained]
        picked = every if again is None else [m for m in every if m[0] in again]
        if options.sample is not None and options.sample < len(picked):
            picked = random.Random(options.seed).sample(picked, options.sample)
        counts = {"killed": 0, "timeout": 0, "survived": 0}
        for mutant, place, node in picked:
            changed = copy.deepcopy((tree, place, node))
            changed[1].put(changed[2])
            result = outcome(path, changed[0], tests)
            counts[result] += 1
            if result == "survived":
                print(json.dumps(asdict(mutant), ensure_ascii=False), flush=True)
        survivors += counts["survived"]
        print(
            f"# {module}: {len(picked)} of {len(every)} mutants, "
            + ", ".join(f"{n} {result}" for result, n in counts.items())
            + f", {time.monotonic() - began:.0f} s",
            flush=True,
        )
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
