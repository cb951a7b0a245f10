"""Train a small network on real handwritten digits, with the schedule of an experiment config.

    python examples/train.py examples/configs/digits.yaml
    python examples/train.py examples/configs/digits.yaml --stop-after 10
    python examples/train.py examples/configs/digits.yaml --resume

It leaves a log of every update, a checkpoint of the last whole epoch and a picture in the output
folder. A run that was stopped and resumed uses the rates, and finds the losses, of one that never
stopped. Exit code: 0 done, 1 the config or the checkpoint is not usable.

torch, scikit-learn and matplotlib are imported where they are first needed, so that a mistake in
the schedule is reported at once, before anything is loaded.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
import time
from contextlib import closing
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Literal

import yaml
from pydantic import BaseModel, PositiveInt, ValidationError

import lrdsl
from lrdsl.configs import Config
from lrdsl.diagnostics import render

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor, nn
    from torch.optim import Optimizer

# One, whatever the machine has: sums are then added in the same order everywhere, and batches as
# small as these are slower with two.
THREADS = 1


# --- the experiment, as its YAML file says it -----------------------------------------------------


class DataConfig(BaseModel, extra="forbid"):
    train_images: PositiveInt


class ModelConfig(BaseModel, extra="forbid"):
    channels: tuple[PositiveInt, PositiveInt]
    dropout: float = 0.0


class OptimizerConfig(BaseModel, extra="forbid"):
    name: Literal["sgd", "adamw"]
    lr: float
    momentum: float = 0.0
    weight_decay: float = 0.0


class RunConfig(BaseModel, extra="forbid"):
    total: str
    batch_size: PositiveInt
    steps_per_epoch: PositiveInt
    seed: int


class Experiment(BaseModel, extra="forbid"):
    data: DataConfig
    model: ModelConfig
    optimizer: OptimizerConfig
    schedule: str
    run: RunConfig
    output: Path


def read_experiment(path: Path, epochs: int | None, out: Path | None) -> Experiment:
    """Read a config; `epochs` and `out`, where given, stand for what it says."""
    try:
        experiment = Experiment.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeError, yaml.YAMLError) as e:
        sys.exit(f"{path}: {e}")
    except ValidationError as e:
        sys.exit("\n".join(f"{path}: {_key(d['loc'])}: {d['msg']}" for d in e.errors()))
    if epochs is not None:
        experiment.run.total = f"{epochs}ep"
    if out is not None:
        experiment.output = out
    return experiment


def _key(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location)) or "the file"


def resolve_schedule(experiment: Experiment, path: Path) -> lrdsl.Plan:
    """The schedule for this run; findings go to stderr, and errors end the program."""
    run = {
        "total": experiment.run.total,
        "tick": "st",  # the rate is set for every update
        "steps_per_epoch": experiment.run.steps_per_epoch,
    }
    (program,) = Config(path.read_text(encoding="utf-8"), str(path)).programs(["schedule"])
    findings = lrdsl.check(program.text, lr=experiment.optimizer.lr, **run)
    if findings:
        print(render(findings, program), file=sys.stderr)  # with their places in the file
    if any(f.severity == "error" for f in findings):
        sys.exit(1)
    return lrdsl.compile(program.text, **run)


# --- data, model, optimizer -----------------------------------------------------------------------


def load_data(experiment: Experiment) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Training images, shape (n, 1, 8, 8) in 0..1, their labels, shape (n,); the same to test."""
    import torch
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    images, labels = load_digits(return_X_y=True)
    train, test = train_test_split(
        range(len(labels)),
        train_size=experiment.data.train_images,
        stratify=labels,
        random_state=experiment.run.seed,
    )
    x = torch.tensor(images / 16, dtype=torch.float32).view(-1, 1, 8, 8)
    y = torch.tensor(labels)
    return x[train], y[train], x[test], y[test]


def build_model(config: ModelConfig) -> nn.Module:
    from torch import nn

    first, second = config.channels
    return nn.Sequential(
        nn.Conv2d(1, first, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Conv2d(first, second, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(config.dropout),
        nn.Linear(second * 4 * 4, 10),
    )


def build_optimizer(config: OptimizerConfig, parameters: Iterable[Tensor]) -> Optimizer:
    from torch.optim import SGD, AdamW

    common = {"lr": config.lr, "weight_decay": config.weight_decay}
    if config.name == "sgd":
        return SGD(parameters, momentum=config.momentum, **common)
    return AdamW(parameters, **common)


# --- training -------------------------------------------------------------------------------------


class Log:
    """A CSV file with a row per update: its step from 0, the rate it used, the loss it found."""

    def __init__(self, path: Path, rows: list[tuple[float, float]]) -> None:
        """Write a log that starts with these rates and losses."""
        self.rates: list[float] = []
        self.losses: list[float] = []
        self.file = path.open("w", newline="")
        self.writer = csv.writer(self.file)
        self.writer.writerow(("step", "rate", "loss"))
        for rate, loss in rows:
            self.add(rate, loss)

    @staticmethod
    def read(path: Path) -> list[tuple[float, float]]:
        """The rates and losses of a log that is there."""
        with path.open(newline="") as file:
            return [(float(row["rate"]), float(row["loss"])) for row in csv.DictReader(file)]

    def add(self, rate: float, loss: float) -> None:
        self.writer.writerow((len(self.rates), repr(rate), repr(loss)))  # to the last digit
        self.rates.append(rate)
        self.losses.append(loss)

    def flush(self) -> None:
        self.file.flush()

    def close(self) -> None:
        self.file.close()


def train(
    experiment: Experiment, plan: lrdsl.Plan, *, resume: bool, stop_after: int | None
) -> tuple[Log, float]:
    """Train, log and save; returns the log and the accuracy on the test images, 0..1."""
    import torch
    from torch.nn.functional import cross_entropy
    from tqdm import tqdm

    from lrdsl.torch import Scheduler

    steps, out = experiment.run.steps_per_epoch, experiment.output
    torch.set_num_threads(THREADS)
    torch.manual_seed(experiment.run.seed)
    train_x, train_y, test_x, test_y = load_data(experiment)
    found = len(train_x) // experiment.run.batch_size
    if found != steps:
        sys.exit(f"run.steps_per_epoch is {steps}, but an epoch has {found} batches")

    model = build_model(experiment.model)
    optimizer = build_optimizer(experiment.optimizer, model.parameters())
    scheduler = Scheduler(optimizer, plan)

    checkpoint, half_written = out / "checkpoint.pt", out / "checkpoint.part"
    rows: list[tuple[float, float]] = []
    if resume:
        try:
            state = torch.load(checkpoint, weights_only=True)
            scheduler.load_state_dict(state["scheduler"])  # not that of another program or run
            model.load_state_dict(state["model"])
            optimizer.load_state_dict(state["optimizer"])
            torch.set_rng_state(state["random"])
            rows = Log.read(out / "log.csv")[: scheduler.last_epoch]  # the rest is done again
            if len(rows) < scheduler.last_epoch:
                raise ValueError(f"the log ends before the checkpoint, at step {len(rows)}")
        except (OSError, LookupError, ValueError, RuntimeError, UnpicklingError) as e:
            sys.exit(f"cannot resume: {e}")

    out.mkdir(parents=True, exist_ok=True)
    updates = last = math.ceil(plan.total)
    if stop_after is not None:
        last = min(updates, stop_after * steps)
    epochs = math.ceil(updates / steps)
    # last_epoch is torch's name for the number of ticks, which are steps here
    with (
        closing(Log(out / "log.csv", rows)) as log,
        tqdm(total=updates, initial=len(rows), unit=" steps", disable=None) as progress,
    ):
        while scheduler.last_epoch < last:
            order = torch.randperm(len(train_x)).split(experiment.run.batch_size)
            for batch in order[: min(steps, last - scheduler.last_epoch)]:
                loss = cross_entropy(model(train_x[batch]), train_y[batch])
                optimizer.zero_grad()
                loss.backward()
                log.add(optimizer.param_groups[0]["lr"], loss.item())  # the rate of this update
                optimizer.step()
                scheduler.step()
                progress.update()

            log.flush()  # before the checkpoint: the log may be ahead of it, never behind
            state = {
                "model": model.state_dict(),
                "optimizer": optimizer.state_dict(),
                "scheduler": scheduler.state_dict(),
                "random": torch.get_rng_state(),
            }
            torch.save(state, half_written)
            half_written.replace(checkpoint)  # whoever is stopped here keeps the last whole one

            seen = log.losses[-steps:]
            report = {
                "rate": f"{log.rates[-1]:.3g}",
                "loss": f"{sum(seen) / len(seen):.3g}",
                "accuracy": f"{accuracy(model, test_x, test_y):.1%}",
            }
            progress.set_postfix(report)
            if progress.disable:  # no terminal: plain lines
                epoch = f"epoch {math.ceil(len(log.rates) / steps)}/{epochs}"
                print(epoch, *(f"{k} {v}" for k, v in report.items()), sep="  ", flush=True)
    return log, accuracy(model, test_x, test_y)


def accuracy(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    """The share of images that are read correctly."""
    import torch

    model.eval()
    with torch.no_grad():
        right = (model(images).argmax(dim=1) == labels).float().mean().item()
    model.train()
    return right


# --- the whole way --------------------------------------------------------------------------------


def count(text: str) -> int:
    if int(text) < 1:
        raise argparse.ArgumentTypeError("1 or more, please")
    return int(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("config", type=Path, help="an experiment, such as configs/digits.yaml")
    parser.add_argument("--out", type=Path, help="the output folder, if not the config's")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.add_argument("--stop-after", type=count, metavar="N", help="stop when N epochs are done")
    parser.add_argument("--epochs", type=count, metavar="N", help="a run of N epochs")
    options = parser.parse_args()

    experiment = read_experiment(options.config, options.epochs, options.out)
    plan = resolve_schedule(experiment, options.config)
    began = time.perf_counter()
    log, correct = train(experiment, plan, resume=options.resume, stop_after=options.stop_after)
    took = time.perf_counter() - began

    from picture import draw

    picture = experiment.output / "rate_and_loss.png"
    draw(picture, plan, log.rates, log.losses, experiment.run.steps_per_epoch)

    rates, losses = log.rates, log.losses
    peak = max(range(len(rates)), key=rates.__getitem__)
    print(
        f"program     {plan.program}",
        f"steps       {len(rates)} of {math.ceil(plan.total)}, in {took:.1f} s this time",
        f"rate        first {rates[0]:.4g}, peak {rates[peak]:.4g} at {peak}st, "
        f"last {rates[-1]:.4g}",
        f"loss        first {losses[0]:.4g}, last {losses[-1]:.4g}",
        f"accuracy    {correct:.1%} of the test images",
        f"log         {experiment.output / 'log.csv'}",
        f"checkpoint  {experiment.output / 'checkpoint.pt'}",
        f"picture     {picture}",
        sep="\n",
    )
    if len(rates) < plan.total:
        print("stopped early; --resume goes on")


if __name__ == "__main__":
    main()
