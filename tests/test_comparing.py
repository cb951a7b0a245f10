"""What a change of program changes: compared with tables, update by update."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lrdsl
from lrdsl.comparing import FORMS, Change, compare, facts, first_difference, floor, said
from lrdsl.comparing.words import change
from lrdsl.revisions import RevisionError, base, changed, text_at

RUN = {"steps_per_epoch": 100}


def plans(old: str, new: str, **run: Any) -> tuple[lrdsl.Plan, lrdsl.Plan]:
    return lrdsl.compile(old, **run), lrdsl.compile(new, **run)


def changes(old: lrdsl.Plan, new: lrdsl.Plan, **rest: Any) -> list[Change]:
    return [Change("lr", old.program, new.program, compare(old, new, **rest))]


# --- numbers --------------------------------------------------------------------------------------


@given(
    st.integers(0, 30),
    st.integers(0, 30),
    st.sampled_from(["cosine", "linear", "hold"]),
    st.floats(0.01, 1),
    st.floats(0.01, 1),
    st.integers(0, 59),
)
def test_it_is_what_the_tables_say(a, b, shape, lr, other, at) -> None:
    old, new = plans(f"warmup({a}) >> cosine", f"warmup({b}) >> {shape}", total=60)
    found = compare(old, new, lr=(lr, other), at=at)
    before, after = old.table(lr), new.table(other)
    differ = np.flatnonzero(before != after)
    assert (found.first is None) == (differ.size == 0)
    if found.first is not None and found.largest is not None:
        assert found.first.tick == differ[0]
        # numpy's cos may differ in its last bit with the place in an array (1.24 does so)
        there = before[differ[0]], after[differ[0]]
        assert (found.first.before, found.first.after) == pytest.approx(
            there, rel=4 * 2**-52, abs=0
        )
        gap = abs(found.largest.after - found.largest.before)
        # one at a time and all at once differ by the few ulps that SPEC allows them
        assert gap == pytest.approx(np.abs(after - before).max(), abs=4 * 2**-52)
    assert found.resume.past == bool(differ.size and differ[0] < at)
    assert found.resume.next.after == new(at, other)
    assert floor(found.new).rate == after[after.argmax() :].min()


def test_a_longer_run_is_compared_as_far_as_both_go() -> None:
    old = lrdsl.compile("warmup(5) >> hold", total=50)
    new = lrdsl.compile("warmup(5) >> hold", total=60)
    found = compare(old, new)
    assert found.first is None
    assert not found.is_equal
    assert said(found) == [
        "The run is 10 updates longer: 50 -> 60.",
        "No rate differs in the 50 updates that both runs have.",
    ]


def test_rounding_is_no_other_curve() -> None:
    found = compare(*plans("linear", "0.1 * linear + 0.9 * linear", total=97), lr=0.1)
    assert found.first is not None
    assert found.is_rounding
    (sentence,) = said(found)
    assert sentence.startswith("The curves are equal but for rounding: at most 1.4e-17 apart")
    other = compare(*plans("cosine", "cosine * (1 + 1e-12)", total=97), lr=0.1)
    assert not other.is_rounding


def test_a_long_run_is_looked_at_in_places_and_the_first_difference_is_exact_between_them() -> None:
    old, new = plans("hold", "hold(7654321st) >> hold(value=0.5*lr)", total="80Mst")
    found = compare(old, new, at=7_654_321)
    assert not found.whole
    assert found.first.tick == 7_654_321
    assert not found.resume.past
    assert (found.resume.next.before, found.resume.next.after) == (1, 0.5)


def test_updates_of_another_kind_are_compared_at_equal_shares() -> None:
    old = lrdsl.compile("warmup(10%) >> linear", total="90ep")
    new = lrdsl.compile("warmup(20%) >> linear", total="90ep", tick="st", **RUN)
    found = compare(old, new)
    assert found.by_share
    assert 0 < found.first.tick < 0.1
    assert found.largest.tick == pytest.approx(0.1, abs=1e-4)  # a share of 10,000
    assert "equal shares" in said(found)[0]
    same = compare(*(lrdsl.compile("hold", total="90ep", tick=t, **RUN) for t in ("ep", "st")))
    assert said(same) == ["The curves are the same over equal shares of the runs."]


def test_without_an_end_there_is_no_comparison() -> None:
    assert compare(*plans("hold", "hold(value=1)")) is None


def test_the_first_difference_of_several_pairs_is_the_earliest() -> None:
    def rates(at: int):
        return lambda t: (t >= at).astype(float)

    def zero(t: np.ndarray) -> np.ndarray:
        return t * 0.0

    pairs = [(zero, rates(200_000)), (zero, rates(70_000)), (zero, zero)]
    assert first_difference(pairs, 300_000) == 70_000
    assert first_difference(pairs, 70_000) is None
    assert first_difference(pairs, 300_000, 100_000) == 100_000


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (0.1, 0.05, "-50%"),
        (0.1, 0.32, "+220%"),
        (0.001, 0.1, "x 100"),
        (0.1, 0.1, ""),
        (0.0, 0.1, ""),  # no number times 0
        (0.1, 0.0, ""),
        (0.1, -0.1, ""),
        (5e-324, 1e300, ""),  # a ratio that no float holds
    ],
)
def test_a_change_is_a_share_or_a_factor_where_it_is_either(old, new, text: str) -> None:
    assert change(old, new) == text


def test_a_reader_is_told_what_changes() -> None:
    old, new = plans("warmup(5) >> cosine", "warmup(10) >> cosine(end=0.01)", total="90ep")
    found = compare(old, new, lr=0.1, at=40)
    assert said(found) == [
        "The first update that differs is update 2, at 1ep: 0.02 -> 0.01 (-50%).",
        "The largest difference is at update 6, at 5ep: 0.1 -> 0.05 (-50%).",
        "The past of a job that has made 40 updates changes from update 2 on. "
        f"Its next update uses {old(40, 0.1):.4g} -> {new(40, 0.1):.4g} "
        f"({100 * (new(40, 0.1) / old(40, 0.1) - 1):+.3g}%).",
    ]
    rows = {f.name: f for f in facts(found)}
    assert (rows["peak reached at"].old, rows["peak reached at"].new) == ("5ep", "10ep")
    assert not rows["peak"].differs
    assert rows["floor"].change.startswith("x ")


def test_the_past_of_a_job_may_stay_as_it_was() -> None:
    old, new = plans("hold >> linear(10)", "hold >> linear(20)", total=100)
    told = said(compare(old, new, at=50))[-1]
    assert told == (
        "The past of a job that has made 50 updates stays as it was. "
        "Its next update uses 1, as before."
    )


@pytest.mark.parametrize(
    ("totals", "at", "over"),
    [
        ((90, 60), 60, "the new run"),
        ((60, 90), 70, "the old run"),
        ((60, 60), 60, "the old run and the new run"),
    ],
)
def test_a_job_may_be_past_the_end_of_a_run(totals, at: int, over: str) -> None:
    old, new = (lrdsl.compile("linear(50) >> hold", total=t) for t in totals)
    found = compare(old, new, at=at)
    assert found.resume.next is None
    assert said(found)[-1].endswith(f" Its next update is past the end of {over}.")


def test_numbers_have_as_many_digits_as_tell_them_apart() -> None:
    old, new = plans("hold(value=0.2)", "hold(value=0.20000001)", total=9)
    rows = {f.name: f for f in facts(compare(old, new))}
    assert (rows["peak"].old, rows["peak"].new) == ("0.2", "0.20000001")


def test_markdown_fits_a_comment() -> None:
    old, new = plans("warmup(5) >> cosine", "warmup(10) >> cosine", total="90ep")
    text = FORMS["md"](changes(old, new, lr=0.1))
    assert "```diff\n- warmup(5) >> cosine\n+ warmup(10) >> cosine\n```" in text
    assert "| | old | new | change |\n|---|---|---|---|\n" in text
    assert "<details>" in text
    assert len(text) < 2_000  # GitHub takes 65,536
    assert FORMS["md"](changes(old, old)) == "No rate changes in 1 schedule.\n"


def test_markdown_has_no_empty_table() -> None:
    levels = "hold(2) >> hold(1, value={}) >> hold(1, value={}) >> hold(value=0.125)"
    swapped = FORMS["md"](
        changes(*plans(levels.format(0.5, 0.25), levels.format(0.25, 0.5), total=9))
    )
    assert "| old | new |" not in swapped  # none of the numbers of a run is another
    assert "| mean | 0.375 |\n" in swapped.partition("<details>")[2]
    old = lrdsl.compile("warmup(5) >> cosine(end=0.1)", total=60)
    new = lrdsl.compile("warmup(7, 0.1) >> cosine(end=0.02)", total=70)
    other = FORMS["md"](changes(old, new, lr=(1.0, 0.5)))
    assert "| mean | " in other
    assert "<details>" not in other


def test_markdown_is_not_broken_by_what_it_quotes() -> None:
    old = Change("a`b\n<script>", "```\n# x", "cosine", None, "not comparable")
    text = FORMS["md"]([old])
    assert text.startswith("#### `a'b <script>`\n")
    assert "````diff\n- ``` # x\n+ cosine\n````" in text


def test_json_is_for_tools() -> None:
    old, new = plans("warmup(5) >> cosine", "warmup(10) >> cosine", total="90ep")
    (data,) = json.loads(FORMS["json"](changes(old, new, lr=0.1, at=3)))
    assert data["first_difference"] == {"tick": 1, "before": old(1, 0.1), "after": new(1, 0.1)}
    assert data["resume"]["past"] is True
    assert data["old"]["peak"] == {"name": "peak", "tick": 5, "rate": 0.1}
    assert not data["equal"]
    (same,) = json.loads(FORMS["json"](changes(old, old)))
    assert same["equal"]
    assert not same["rounding_only"]
    assert (same["first_difference"], same["largest_difference"]) == (None, None)


# --- git ------------------------------------------------------------------------------------------


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    def git(*arguments: str) -> None:
        settings = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
        subprocess.run(
            ["git", *settings, *arguments], cwd=tmp_path, check=True, capture_output=True
        )

    git("init", "-q", "-b", "main")
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf/a b.yaml").write_text("schedule: hold\n")
    (tmp_path / "conf/c.yaml").write_text("schedule: cosine\n")
    git("add", ".")
    git("commit", "-q", "-m", "one")
    (tmp_path / "conf/a b.yaml").write_text("schedule: linear\n")
    git("commit", "-q", "-a", "-m", "two")
    (tmp_path / "conf/new.yaml").write_text("schedule: tanh\n")
    return tmp_path


def test_a_file_as_it_was(repository: Path) -> None:
    path = repository / "conf/a b.yaml"
    assert text_at("HEAD~1", path) == b"schedule: hold\n"
    assert text_at("main", path) == b"schedule: linear\n"
    assert text_at("main", repository / "conf/new.yaml") is None
    assert text_at("main", repository / "gone/deep/x.yaml") is None


def test_the_files_that_changed(repository: Path) -> None:
    folder = repository / "conf"
    assert changed("HEAD~1", "HEAD", folder) == [folder / "a b.yaml"]
    assert changed("HEAD", None, folder) == [folder / "new.yaml"]
    assert changed("HEAD~1", None, folder / "c.yaml") == []
    assert base("HEAD~1", "HEAD", folder) == base("HEAD~1", "HEAD~1", folder)


@pytest.mark.parametrize("revision", ["nothing", "--upload-pack=x", "HEAD~7", ""])
def test_a_revision_that_is_none(repository: Path, revision: str) -> None:
    with pytest.raises(RevisionError, match=r"there is no revision"):
        text_at(revision, repository / "conf/c.yaml")


def test_without_git(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository))
    with pytest.raises(RevisionError, match=r"^git: "):
        text_at("HEAD", repository / "conf/c.yaml")


def test_outside_of_a_repository(tmp_path: Path) -> None:
    with pytest.raises(RevisionError, match="not a git repository"):
        text_at("HEAD", tmp_path / "a.yaml")
