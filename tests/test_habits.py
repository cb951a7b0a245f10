"""What is said to people who write the names of other libraries."""

import re

import pytest

import lrdsl
from lrdsl import recipes
from lrdsl.binder import habits, reserved

IMPORTED = re.compile(r"transformers' (\w+) is (.*); `lrdsl import transformers\.(\w+)` takes")
GIVEN = {"num_warmup_steps": 10, "num_cycles": 3, "min_lr": 1e-5, "num_decay_steps": 20}


def test_what_is_named_instead_is_known_here():
    for name, advice in habits._NAMES.values():
        assert not name or name in {*reserved(), *recipes.names(), "plateau"}, advice


def advised() -> list[tuple[str, str]]:
    found = []
    for _, advice in habits._NAMES.values():
        if match := IMPORTED.match(advice):
            assert match[1] == match[3]
            found.append((match[1], match[2]))
    return sorted(set(found))


@pytest.mark.parametrize(("name", "text"), advised())
def test_the_spelling_is_what_the_import_writes(name, text):
    for word, value in GIVEN.items():
        text = re.sub(rf"\b{word}\b", str(value), text)
    text = text.replace("power=..", "power=2").replace("end=lr_end", "end=1e-07")
    used = {k: v for k, v in GIVEN.items() if k in dict(advised())[name]}
    more = {"power": 2} if name == "polynomial" else {}
    made = lrdsl.migrate(
        f"transformers.{name}",
        {"num_training_steps": 100, "num_warmup_steps": 10, **used, **more}
        if name != "constant_with_warmup"
        else used,
        base_lr=0.1,
    )
    plan, theirs = lrdsl.compile(text, total=100), lrdsl.compile(made.program, total=100)
    assert [plan(t, lr=0.1) for t in range(100)] == [theirs(t, lr=0.1) for t in range(100)]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("StepLRScheduler", "step"),
        ("cosine_schedule", "cosine"),
        ("CosineLRScheduler", "cosine"),
        ("linear_decay", "linear"),
        ("CosineAnnealingLR", "cosine"),
        ("get_linear_schedule_with_warmup", ""),
        ("LinearWarmupCosineAnnealingLR", ""),
        ("get_cosine_with_min_lr_schedule_with_warmup", ""),
    ],
)
def test_a_name_is_read_without_what_stands_around_it(name, meant):
    found = habits.elsewhere(name, reserved())
    assert found is not None
    assert found[0] == meant


@pytest.mark.parametrize("text", ["LambdaLR(lambda e: 0.95**e)", "max(lambda e, b=2: [e][0], 1)"])
def test_a_function_of_pythons_is_one_error(text):
    (found,) = lrdsl.check(text, total="90ep")
    assert found.span.of(text).startswith("lambda e")


def test_a_name_that_python_has_a_meaning_for_is_a_name():
    assert lrdsl.parse("lambda = 5ep; warmup(lambda)") == lrdsl.parse("warmup(5ep)")
