"""One check, for the command and for a project's own tests: files in, findings out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lrdsl import ignores
from lrdsl.codes import CODES
from lrdsl.configs import ConfigError, Document, Program, holes
from lrdsl.configs.rules import beside, hinted
from lrdsl.configs.signs import is_under_hydra
from lrdsl.diagnostics import Diagnostic, Source, Span
from lrdsl.fixing import fix_file, save
from lrdsl.reports.finding import Finding, Summary
from lrdsl.settings import Rules
from lrdsl.tasks import Input, Task, Workspace, composed, inputs, load, nothing_in

OF_THE_RUN = ("LR4", "LR5", "LR7", "LR8")  # codes that are found in some runs and not in others


def _same(finding: Finding) -> tuple[object, ...]:
    d = finding.diagnostic
    return finding.program.name, finding.place, d.code, d.message


def _in(program: Program, d: Diagnostic, text: str) -> Diagnostic:
    """A finding of another text of a program, on the same line of the program itself."""
    line, column = Source(text).locate(d.span.start)
    before = program.text.split("\n")[: line - 1]
    at = min(sum(len(part) + 1 for part in before) + column - 1, len(program.text))
    return replace(d, span=Span(at, at))


def _unheard(line: str) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a file has found. It is plain data: it pickles."""

    files: int
    programs: int
    unread: list[str]
    said: list[str]
    findings: list[Finding]


def look(given: Input, *, asked: Workspace, named: Collection[str]) -> Look:
    """A look at a file or a text; see `Session`.

    Raises:
        SettingsError: settings cannot be used.
    """
    said: list[str] = []
    session = Session(asked, say=said.append)
    session.look_at([given], named)
    return Look(session.files, session.programs, session.unread, said, session.findings())


class Session:
    """One check: what has been looked at and found.

    Of a file that was looked at nothing is kept but its findings.

    Attributes:
        files, programs: how many were looked at.
        unread: what there is to say about each file that could not be read.
    """

    def __init__(
        self,
        asked: Workspace,
        *,
        mends: bool = False,
        composes: bool = False,
        say: Callable[[str], object] = _unheard,
    ) -> None:
        """Begin a check.

        Args:
            asked: where settings come from.
            mends: whether to apply the fixes of files that are certain.
            composes: whether composed configs follow, which the same files are parts of: their
                comments and findings are then kept until the end.
            say: is called with what a person may want to know beside the findings.
        """
        self.asked = asked
        self.mends = mends
        self.composes = composes
        self.say = say
        self.files = self.programs = 0
        self.unread: list[str] = []
        self._settled: list[Finding] = []
        self._found: list[Finding] = []  # what comments may silence yet
        self._vague: set[str] = set()  # files with programs whose run is not known
        self._documents: dict[int, Document | Program] = {}

    def inputs(self, arguments: Sequence[str]) -> list[Input]:
        """What arguments stand for.

        Raises:
            SettingsError: settings cannot be used.
        """
        return list(inputs(arguments, self.asked, self.unread.append))

    def look_at(self, every: Iterable[Input], named: Collection[str]) -> None:
        """Check files and texts.

        Args:
            every: what to check.
            named: the names that a person gave: such a file should hold a program.

        Raises:
            SettingsError: settings cannot be used.
        """
        for given in every:
            try:
                self._look_at(given, given.name in named)
            except ConfigError as e:
                self.unread.append(str(e))
            if not self.composes:
                self._settle()

    def add(self, look: Look) -> None:
        """Take over what a look elsewhere has found."""
        self.files += look.files
        self.programs += look.programs
        self.unread += look.unread
        self._settled += look.findings
        for line in look.said:
            self.say(line)

    def _look_at(self, given: Input, named: bool) -> None:
        tasks = load(given, self.asked)
        if not tasks and named:
            if self.asked.last.keys:
                raise ConfigError(nothing_in(given.name, self.asked))
            self.say(f"note: {nothing_in(given.name, self.asked)}")
        if self.mends and tasks and given.path is not None and self._mended(tasks, given.path):
            tasks = load(given, self.asked)
        self.files += given.path is not None
        self._take(tasks)
        for program, d in beside(task.program for task in tasks):
            if given.path is None or not is_under_hydra(given.path):
                self._add(program, [d], tasks[0])

    def compose(self, tree: str, overrides: Sequence[str]) -> None:
        """Check what Hydra composes; ``DIR`` or ``DIR:NAME``."""
        folder, _, name = tree.rpartition(":") if ":" in tree[2:] else (tree, "", "")
        try:
            self._take(composed(Path(folder), name or None, self.asked, overrides))
            self.files += 1
        except ConfigError as e:
            self.unread.append(str(e))

    def _take(self, tasks: Sequence[Task]) -> None:
        for task in tasks:
            self.programs += 1
            program = task.program
            document = program.document or program
            self._documents.setdefault(id(document), document)
            if "total" not in task.run or (program.wrong is None and holes.find(program.text)):
                self._vague.add(program.name)
            self._add(program, hinted(program, task.check()), task)

    def _add(self, program: Program, found: Iterable[Diagnostic], task: Task) -> None:
        self._found += [Finding(program, d) for d in task.select.judged(found)]

    def findings(self) -> list[Finding]:
        """What counts, in the order of the files."""
        self._settle()
        return self._settled

    def _settle(self) -> None:
        """Keep what counts of what was found, and let go of the files."""
        kept = ignores.apply(self._found, self._documents.values(), self._looked_for)
        names = list(dict.fromkeys(f.program.name for f in kept))
        judged = [
            replace(f, diagnostic=d)
            for f in kept
            for d in self._rules(f.program.name).judged([f.diagnostic])
        ]
        # A file that is checked by itself and in a composed config has its findings once.
        judged = list({_same(f): f for f in judged}.values())
        order = {name: i for i, name in enumerate(names)}
        judged.sort(key=lambda f: (order[f.program.name], f.place.line, f.place.column))
        self._settled += [f.light() for f in judged]
        self._found, self._vague, self._documents = [], set(), {}

    def summary(self, findings: Iterable[Finding]) -> Summary:
        """How it went, with these findings."""
        return Summary.of(findings, files=self.files, programs=self.programs, unread=self.unread)

    def _rules(self, name: str) -> Rules:
        is_file = name == self.asked.stdin or Path(name).is_file()
        return self.asked.settings(Path(name) if is_file else None).rules

    def _looked_for(self, name: str, code: str) -> bool:
        """Whether a code, or one that begins so, counts in a file whose run is known if need be."""
        of_the_run = code.startswith(OF_THE_RUN) or any(c.startswith(code) for c in OF_THE_RUN)
        rules = self._rules(name)
        counts = any(rules.severity(c) for c in CODES if c.startswith(code))
        return counts and not (of_the_run and name in self._vague)

    def _mended(self, tasks: Sequence[Task], path: Path) -> bool:
        """Apply the certain fixes of a file; whether it has changed."""
        by_program = {id(task.program): task for task in tasks}
        document = tasks[0].program.document
        silenced = ignores.silencer(document or tasks[0].program)

        def again(program: Program, text: str) -> list[Diagnostic]:
            task = by_program[id(program)]
            found = replace(task, program=replace(program, text=text)).check()
            there = (Finding(program, _in(program, d, text)) for d in found)
            return [d for d, f in zip(found, there, strict=True) if not silenced(f)]

        change = fix_file(document, [t.program for t in tasks], again)
        for program, reason in change.notes:
            self.say(f"{program.title}: left as it is, {reason}")
        for program, d in change.fixed:
            line, column = program.locate(d.span.start)
            what = d.fix.title if d.fix else d.message
            self.say(f"{program.name}:{line}:{column}: fixed {d.code}: {what}")
        if change.text == change.before:
            return False
        try:
            save(change, path)
        except OSError as e:
            raise ConfigError(f"{path}: {e.strerror or e}") from None
        return True
