"""docs/torch.md: what torch's schedulers get wrong, beside what the adapter does, both run here."""

from __future__ import annotations

import contextlib
import io
import textwrap
import warnings
from dataclasses import dataclass

from lrdsl import LrdslError

SETUP = """
import torch
from torch.optim import lr_scheduler
from lrdsl.torch import Scheduler, value


def sgd(*rates, **options):
    groups = [{"params": [torch.nn.Parameter(torch.ones(1))], "lr": rate} for rate in rates]
    return torch.optim.SGD(groups, **options)


def rates(optimizer):
    return [round(float(group["lr"]), 6) for group in optimizer.param_groups]


def train(optimizer, scheduler, updates):
    used = []
    for _ in range(updates):
        used.append(rates(optimizer)[0])
        optimizer.step()
        scheduler.step()
    return used
"""


@dataclass(frozen=True)
class Example:
    """A behaviour: the test that holds it, its reports, and a piece of code on either side."""

    name: str
    title: str
    reports: str
    torch: str
    ours: str


EXAMPLES = [
    Example(
        "resume_without_optimizer_state",
        "Loading a scheduler leaves the optimizer where it was",
        "pytorch#29697, torchtitan#4598",
        """
        optimizer = sgd(1.0)
        scheduler = lr_scheduler.ExponentialLR(optimizer, 0.5)
        train(optimizer, scheduler, 3)
        state = scheduler.state_dict()

        fresh = sgd(1.0)
        resumed = lr_scheduler.ExponentialLR(fresh, 0.5)
        resumed.load_state_dict(state)
        print("says", resumed.get_last_lr())
        print("uses", rates(fresh))
        """,
        """
        optimizer = sgd(1.0)
        scheduler = Scheduler(optimizer, "exponential(1, 0.5)", total=9)
        train(optimizer, scheduler, 3)
        state = scheduler.state_dict()

        fresh = sgd(1.0)
        resumed = Scheduler(fresh, "exponential(1, 0.5)", total=9)
        resumed.load_state_dict(state)
        print("says", resumed.get_last_lr())
        print("uses", rates(fresh))
        """,
    ),
    Example(
        "load_order_irrelevant",
        "A scheduler made after the optimizer was restored starts from the decayed rate",
        "pytorch#119168, torch-points3d#630",
        """
        optimizer = sgd(1.0)
        ramp = lr_scheduler.LinearLR(optimizer, 0.1, total_iters=9)
        train(optimizer, ramp, 5)
        print("before", rates(optimizer))

        fresh = sgd(1.0)
        fresh.load_state_dict(optimizer.state_dict())
        lr_scheduler.LinearLR(fresh, 0.1, total_iters=9)
        print("after ", rates(fresh))
        """,
        """
        optimizer = sgd(1.0)
        program = "warmup(9, start=lr/10)"
        train(optimizer, Scheduler(optimizer, program, total=9), 5)
        print("before", rates(optimizer))

        fresh = sgd(1.0)
        fresh.load_state_dict(optimizer.state_dict())
        Scheduler(fresh, program, total=9, step=5)
        print("after ", rates(fresh))
        """,
    ),
    Example(
        "construct_at_step_n_fresh_optimizer",
        "A run cannot begin in the middle",
        "pytorch#160626, pytorch#140900, speculators#1048",
        """
        lr_scheduler.StepLR(sgd(1.0), 3, last_epoch=7)
        """,
        """
        scheduler = Scheduler(sgd(1.0), "step(3, 0.1)", total=9, step=7)
        print(rates(scheduler.optimizer))
        """,
    ),
    Example(
        "new_base_lr_on_resume_is_explicit",
        "A rate changed in the config is lost on resuming",
        "pytorch#156846, Megatron-LM#1138",
        """
        state = lr_scheduler.StepLR(sgd(0.1), 30).state_dict()
        resumed = lr_scheduler.StepLR(sgd(0.2), 30)
        resumed.load_state_dict(state)
        print(resumed.base_lrs)
        """,
        """
        state = Scheduler(sgd(0.1), "step(30, 0.1)", total=90).state_dict()
        resumed = Scheduler(sgd(0.2), "step(30, 0.1)", total=90)
        resumed.load_state_dict(state)
        """,
    ),
    Example(
        "spec_mismatch_detected",
        "A state of another schedule is taken without a word",
        "pytorch#52911, pytorch PR #9927, pith-train#55",
        """
        state = lr_scheduler.ExponentialLR(sgd(0.1), 0.5).state_dict()
        resumed = lr_scheduler.StepLR(sgd(0.1), 30)
        resumed.load_state_dict(state)
        print("gamma is now", resumed.gamma)
        """,
        """
        state = Scheduler(sgd(0.1), "exponential(1, 0.5)", total=9).state_dict()
        resumed = Scheduler(sgd(0.1), "step(30, 0.1)", total=9)
        resumed.load_state_dict(state)
        """,
    ),
    Example(
        "nesting_is_transparent",
        "A sequence inside a sequence changes the curve",
        "pytorch#196243",
        """
        def parts(optimizer):
            ramp = lr_scheduler.LinearLR(optimizer, 0.25, total_iters=3)
            decay = lr_scheduler.ExponentialLR(optimizer, 0.5)
            return lr_scheduler.SequentialLR(optimizer, [ramp, decay], [3])


        flat = sgd(1.0)
        print(train(flat, parts(flat), 6))
        nested = sgd(1.0)
        outer = lr_scheduler.SequentialLR(nested, [parts(nested)], [])
        print(train(nested, outer, 6))
        """,
        """
        program = "warmup(3, start=lr/4) >> exponential(1, 0.5)"

        flat = sgd(1.0)
        print(train(flat, Scheduler(flat, program, total=6), 6))
        nested = sgd(1.0)
        outer = Scheduler(nested, f"(({program}))", total=6)
        print(train(nested, outer, 6))
        """,
    ),
    Example(
        "no_rise_after_end",
        "Cosine annealing comes back up",
        "UniRL#223",
        """
        optimizer = sgd(1.0)
        scheduler = lr_scheduler.CosineAnnealingLR(optimizer, T_max=4)
        print(train(optimizer, scheduler, 8))
        """,
        """
        optimizer = sgd(1.0)
        scheduler = Scheduler(optimizer, "cosine(4)", total=4)
        print(train(optimizer, scheduler, 8))
        """,
    ),
    Example(
        "exact_last_value_and_no_extra_step",
        "One step more than planned is an error",
        "pytorch#91765, PiFold#6, GrowSP#11",
        """
        optimizer = sgd(1.0)
        scheduler = lr_scheduler.OneCycleLR(optimizer, 1.0, total_steps=5)
        print(train(optimizer, scheduler, 6))
        """,
        """
        optimizer = sgd(1.0)
        scheduler = Scheduler(optimizer, "onecycle", total=5)
        print(train(optimizer, scheduler, 6))
        """,
    ),
    Example(
        "warmup_zero_length_and_warmup_one",
        "A warm-up of zero steps trains at a third of the rate for ever",
        "DeepSpeed#771, fairseq#1341, pytorch#193682",
        """
        optimizer = sgd(1.0)
        scheduler = lr_scheduler.LinearLR(optimizer, total_iters=0)
        print(train(optimizer, scheduler, 4))
        """,
        """
        optimizer = sgd(1.0)
        scheduler = Scheduler(optimizer, "warmup(0, start=lr/3) >> hold", total=4)
        print(train(optimizer, scheduler, 4))
        """,
    ),
    Example(
        "bad_args_at_construction",
        "A bad argument is found in the middle of the run",
        "pytorch#194712, pytorch#185006, pytorch PR #189374",
        """
        optimizer = sgd(1.0)
        scheduler = lr_scheduler.StepLR(optimizer, step_size=0)
        print(train(optimizer, scheduler, 3))
        """,
        """
        Scheduler(sgd(1.0), "step(every=0, factor=0.1)", total=9)
        """,
    ),
    Example(
        "a_float32_tensor_rate_does_not_drift",
        "A float32 tensor rate drifts",
        "pytorch#68332, pytorch#40971",
        """
        optimizer = sgd(torch.tensor(0.1))
        scheduler = lr_scheduler.ExponentialLR(optimizer, 0.9999)
        for _ in range(20_000):
            optimizer.step()
            scheduler.step()
        exact = 0.1 * 0.9999**20_000
        print(f"off by {float(optimizer.param_groups[0]['lr']) / exact - 1:.1e}")
        """,
        """
        optimizer = sgd(torch.tensor(0.1))
        scheduler = Scheduler(optimizer, "exponential(1, 0.9999)", total=30_000)
        for _ in range(20_000):
            optimizer.step()
            scheduler.step()
        exact = 0.1 * 0.9999**20_000
        print(f"off by {float(optimizer.param_groups[0]['lr']) / exact - 1:.1e}")
        """,
    ),
    Example(
        "read_is_pure",
        "Reading the rate applies the recursion once more",
        "pytorch#49885",
        """
        optimizer = sgd(1.0)
        scheduler = lr_scheduler.StepLR(optimizer, 2, gamma=0.1)
        train(optimizer, scheduler, 2)
        print("in force", rates(optimizer), "get_lr", scheduler.get_lr())
        """,
        """
        optimizer = sgd(1.0)
        scheduler = Scheduler(optimizer, "step(2, 0.1)", total=9)
        train(optimizer, scheduler, 2)
        print("in force", rates(optimizer), "get_lr", scheduler.get_lr())
        """,
    ),
    Example(
        "wrapped_step_ok",
        "An optimizer whose step is a partial, or compiled, is refused",
        "torchtune#2681, torchtune#2931",
        """
        import functools

        optimizer = sgd(1.0)
        optimizer.step = functools.partial(optimizer.step)
        lr_scheduler.StepLR(optimizer, 3)
        """,
        """
        import functools

        optimizer = sgd(1.0)
        optimizer.step = functools.partial(optimizer.step)
        print(train(optimizer, Scheduler(optimizer, "step(2, 0.1)", total=4), 4))
        """,
    ),
    Example(
        "no_spurious_warnings",
        "A first update that gradient scaling skips is a warning",
        "pytorch#44511, pytorch#76113, Lightning PR #16228",
        """
        optimizer = sgd(1.0)
        scheduler = lr_scheduler.StepLR(optimizer, 3)
        scheduler.step()  # the scaler has skipped optimizer.step()
        """,
        """
        optimizer = sgd(1.0)
        scheduler = Scheduler(optimizer, "step(3, 0.1)", total=9)
        scheduler.step()  # with count_updates=True it would not even count
        print("no warning")
        """,
    ),
    Example(
        "group_added_later",
        "A parameter group that comes later is an error",
        "pytorch#79888, pytorch#104361, transformers#20029",
        """
        optimizer = sgd(1.0)
        scheduler = lr_scheduler.LambdaLR(optimizer, lambda t: 1 - t / 4)
        optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))], "lr": 0.5})
        optimizer.step()
        scheduler.step()
        """,
        """
        optimizer = sgd(1.0)
        scheduler = Scheduler(optimizer, "linear", total=4)
        optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))], "lr": 0.5})
        optimizer.step()
        scheduler.step()
        print(rates(optimizer))
        """,
    ),
    Example(
        "groups_matched_by_identity",
        "Groups are matched by their position",
        "own check",
        """
        optimizer = sgd(1.0, 0.1)
        scheduler = lr_scheduler.LambdaLR(optimizer, lambda t: 1.0)
        optimizer.param_groups.reverse()
        print("before", rates(optimizer))
        optimizer.step()
        scheduler.step()
        print("after ", rates(optimizer))
        """,
        """
        optimizer = sgd(1.0, 0.1)
        scheduler = Scheduler(optimizer, "hold", total=9)
        optimizer.param_groups.reverse()
        print("before", rates(optimizer))
        optimizer.step()
        scheduler.step()
        print("after ", rates(optimizer))
        """,
    ),
    Example(
        "group_ratios_kept",
        "One cycle makes all groups equal",
        "Lightning#4983, katsura-jp#14, flair#2641, pillar-finetune#6",
        """
        optimizer = sgd(1.0, 0.1)
        scheduler = lr_scheduler.OneCycleLR(optimizer, 1.0, total_steps=9)
        train(optimizer, scheduler, 3)
        print(rates(optimizer))
        """,
        """
        optimizer = sgd(1.0, 0.1)
        scheduler = Scheduler(optimizer, "onecycle", total=9)
        train(optimizer, scheduler, 3)
        print(rates(optimizer))
        """,
    ),
    Example(
        "lr_scale_is_honoured",
        "timm's layer decay is lost",
        "timm#2532, mae#216",
        """
        optimizer = sgd(1.0, 1.0)
        optimizer.param_groups[1]["lr_scale"] = 0.25
        scheduler = lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=4)
        train(optimizer, scheduler, 2)
        print(rates(optimizer))
        """,
        """
        optimizer = sgd(1.0, 1.0)
        optimizer.param_groups[1]["lr_scale"] = 0.25
        scheduler = Scheduler(optimizer, "linear", total=4)
        train(optimizer, scheduler, 2)
        print(rates(optimizer))
        """,
    ),
    Example(
        "state_is_json",
        "The state is no plain data",
        "pytorch#98921, pytorch PR #123775, nerfstudio#3702, deepmd-kit#4147",
        """
        import json

        state = lr_scheduler.MultiStepLR(sgd(1.0), [3, 6]).state_dict()
        print(json.loads(json.dumps(state)) == state)
        """,
        """
        import json

        state = Scheduler(sgd(1.0), "multistep([3, 6])", total=9).state_dict()
        print(json.loads(json.dumps(state)) == state)
        print(state)
        """,
    ),
    Example(
        "logged_equals_used",
        "What is logged after an update is the rate of the next one",
        "transformers#35942",
        """
        optimizer = sgd(1.0)
        scheduler = lr_scheduler.StepLR(optimizer, 1, gamma=0.5)
        used = rates(optimizer)
        optimizer.step()
        scheduler.step()
        print("used", used, "get_last_lr", scheduler.get_last_lr())
        """,
        """
        optimizer = sgd(1.0)
        scheduler = Scheduler(optimizer, "step(1, 0.5)", total=9)
        used = rates(optimizer)
        optimizer.step()
        scheduler.step()
        print("used", used, "last_used", scheduler.last_used(), "next", scheduler.next())
        """,
    ),
]


def output(code: str) -> str:
    """What a piece of code prints, with its warning or its error in one line."""
    shown = io.StringIO()
    scope: dict[str, object] = {}
    exec(SETUP, scope)
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(shown):
        warnings.simplefilter("always")
        try:
            exec(textwrap.dedent(code), scope)
        except LrdslError as error:
            shown.write(str(error))
        except Exception as error:
            said = str(error).strip("'\"").partition("\\n")[0]
            shown.write(f"{type(error).__name__}: {said}")
    for warning in caught:
        said = str(warning.message).split(". ")[0]
        shown.write(f"{warning.category.__name__}: {said}\n")
    lines = [_wrapped(line.rstrip()) for line in shown.getvalue().strip().splitlines()]
    return "\n".join(lines) or "(nothing is said)"


def _wrapped(line: str) -> str:
    return textwrap.fill(line, 60, subsequent_indent="    ", drop_whitespace=False) if line else ""


def page() -> str:
    """The whole page."""
    rows = [_row(example) for example in EXAMPLES]
    return "\n".join([HEAD.format(setup=SETUP.strip()), *rows])


def _row(example: Example) -> str:
    cells = [_cell(example.torch), _cell(example.ours)]
    return (
        f"## {example.title}\n\n"
        f"Reported in {example.reports}; held by `test_{example.name}`.\n\n"
        f"<table>\n<tr><th>torch</th><th>lrdsl</th></tr>\n<tr>\n{''.join(cells)}</tr>\n</table>\n"
    )


def _cell(code: str) -> str:
    text = textwrap.dedent(code).strip()
    return f'<td valign="top">\n\n```python\n{text}\n```\n\n```text\n{output(code)}\n```\n\n</td>\n'


HEAD = """<!-- Printed by `python tools/generate.py`, which runs every example: do not edit. -->

# What torch's schedulers get wrong, and what you get here

Every example below was run by the command that printed this page, on the torch that
constraints.txt names; the tests of tests/test_torch_behaviours.py hold what is shown. The reports
are public issue threads. All examples begin with:

```python
{setup}
```
"""
