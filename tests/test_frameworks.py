"""The adapter in the frameworks that people train with: the real packages, a few steps each."""

import json
import math
import os
import subprocess
import sys
import textwrap
import types

import pytest
import torch

import lrdsl
from lrdsl.torch import Plateau, Scheduler, for_lightning, for_trainer

PROGRAM = "warmup(20%) >> cosine"
NOISY = "(warmup(20%) >> cosine) + noise(0.3)"


def expected(total, program=PROGRAM, lr=0.1):
    plan = lrdsl.compile(program, total=total, tick="st")
    return [plan(k, lr) for k in range(total)]


class Line(torch.nn.Module):
    """y = w*x, and the rate that each update used."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return self.weight * x


def data(n):
    x = torch.linspace(-1, 1, n)
    return torch.utils.data.TensorDataset(x, 3 * x)


# --- Lightning ------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::UserWarning")  # Lightning's advice on data loaders
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")  # its imports'
@pytest.mark.parametrize("accumulate", [1, 3])
def test_lightning(tmp_path, accumulate):
    """Every update across epoch borders (Lightning PR #17544), with accumulation (#1476)."""
    lightning = pytest.importorskip("pytorch_lightning")

    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.model = Line()
            self.used = []

        def training_step(self, batch, _):
            x, y = batch
            return torch.nn.functional.mse_loss(self.model(x), y)

        def on_before_optimizer_step(self, optimizer):
            self.used.append(optimizer.param_groups[0]["lr"])

        def configure_optimizers(self):
            return for_lightning(self.trainer, torch.optim.SGD(self.parameters(), lr=0.1), PROGRAM)

    def trainer(epochs):
        return lightning.Trainer(
            max_epochs=epochs,
            accumulate_grad_batches=accumulate,
            accelerator="cpu",
            logger=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            default_root_dir=tmp_path,
        )

    loader = torch.utils.data.DataLoader(data(24), batch_size=4)  # 6 batches an epoch
    total = 4 * 6 // accumulate
    module = Module()
    whole = trainer(4)
    whole.fit(module, loader)
    assert module.used == expected(total)

    halted, resumed = Module(), Module()
    first = trainer(4)
    first.fit_loop.max_epochs = 4
    first.should_stop = False
    halted.on_train_epoch_end = lambda: setattr(first, "should_stop", first.current_epoch >= 1)
    first.fit(halted, loader)
    path = tmp_path / "halted.ckpt"
    first.save_checkpoint(path)
    trainer(4).fit(resumed, loader, ckpt_path=path)
    assert halted.used + resumed.used == expected(total)


@pytest.mark.filterwarnings("ignore::UserWarning")  # Lightning's advice on data loaders
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")  # its imports'
def test_lightning_with_a_limit_before_its_epochs_end():
    """An epoch stays what the loader says, however few updates max_steps leaves."""
    lightning = pytest.importorskip("pytorch_lightning")
    found = {}

    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.model = Line()

        def training_step(self, batch, _):
            return self.model(batch[0]).mean()

        def configure_optimizers(self):
            optimizer = torch.optim.SGD(self.parameters(), lr=0.1)
            found.update(for_lightning(self.trainer, optimizer, "warmup(1ep) >> hold"))
            return found

    quiet = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False}
    trainer = lightning.Trainer(
        accelerator="cpu", max_epochs=10, max_steps=8, enable_checkpointing=False, **quiet
    )
    trainer.fit(Module(), torch.utils.data.DataLoader(data(24), batch_size=4))
    run = found["lr_scheduler"]["scheduler"].plan.run
    assert (run.total, run.steps_per_epoch) == (8, 6)


def test_lightning_without_an_end():
    """-1 is Lightning's word for it where the data set's size is not known."""
    trainer = types.SimpleNamespace(estimated_stepping_batches=-1)
    with pytest.raises(lrdsl.LrdslError, match="has no end"):
        for_lightning(trainer, torch.optim.SGD(Line().parameters(), lr=0.1), "cosine")


def test_lightning_before_it_has_looked_at_the_data():
    """Its batches are infinite then, and nothing is known of an epoch."""
    trainer = types.SimpleNamespace(estimated_stepping_batches=8, num_training_batches=math.inf)
    found = for_lightning(trainer, torch.optim.SGD(Line().parameters(), lr=0.1), "cosine")
    run = found["lr_scheduler"]["scheduler"].plan.run
    assert (run.total, run.steps_per_epoch) == (8, None)


# --- transformers ---------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")  # theirs, of each other
@pytest.mark.parametrize("way", ["optimizers", "for_trainer"])
def test_transformers_trainer(tmp_path, way):
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("accelerate")

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.line = Line()

        def forward(self, x, labels):
            return {"loss": torch.nn.functional.mse_loss(self.line(x), labels)}

    class Used(transformers.TrainerCallback):
        def __init__(self):
            self.rates = []

        def on_pre_optimizer_step(self, args, state, control, optimizer=None, **kwargs):
            self.rates.append(optimizer.param_groups[0]["lr"])

    rows = [{"x": x, "labels": y} for x, y in data(40)]

    def trained(resume=False, **limits):
        model, used = Model(), Used()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        arguments = transformers.TrainingArguments(
            output_dir=str(tmp_path / way),
            per_device_train_batch_size=4,
            gradient_accumulation_steps=2,
            num_train_epochs=2,
            save_steps=4,
            report_to=[],
            disable_tqdm=True,
            use_cpu=True,
            **limits,
        )
        scheduler = Scheduler(optimizer, PROGRAM, total=10) if way == "optimizers" else None
        trainer = transformers.Trainer(
            model,
            arguments,
            train_dataset=rows,
            callbacks=[used],
            optimizers=(optimizer, scheduler),
        )
        if way == "for_trainer":
            for_trainer(trainer, PROGRAM)
        trainer.train(
            resume_from_checkpoint=str(tmp_path / way / "checkpoint-4") if resume else None
        )
        return used.rates

    assert trained() == expected(10)  # 40 rows, batches of 4, two accumulated, two epochs
    assert trained(resume=True) == expected(10)[4:]


def test_a_trainer_that_ends_within_an_epoch():
    """2.5 epochs of 5 updates are 13 updates for the Trainer; an epoch is still 5."""
    trainer = types.SimpleNamespace(
        args=types.SimpleNamespace(num_train_epochs=2.5, max_steps=-1),
        optimizer=torch.optim.SGD(Line().parameters(), lr=0.1),
    )
    for_trainer(trainer, "warmup(1ep) >> hold")
    run = trainer.create_scheduler(13).plan.run
    assert (run.total, run.steps_per_epoch) == (13, 5)


def test_a_trainer_that_ends_by_max_steps():
    """Whatever its epochs are then, the updates do not say how long one is."""
    trainer = types.SimpleNamespace(
        args=types.SimpleNamespace(num_train_epochs=3.0, max_steps=8),
        optimizer=torch.optim.SGD(Line().parameters(), lr=0.1),
    )
    for_trainer(trainer, "cosine")
    run = trainer.create_scheduler(8).plan.run
    assert (run.total, run.steps_per_epoch) == (8, None)


# --- accelerate -----------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")  # accelerate's, of torch
@pytest.mark.parametrize("processes", [1, 4])
def test_accelerate(monkeypatch, processes):
    """The wrapper steps once per process (accelerate#2926, #2142); the hook counts updates."""
    accelerate = pytest.importorskip("accelerate")
    from accelerate.scheduler import AcceleratorState

    accelerator = accelerate.Accelerator(cpu=True, gradient_accumulation_steps=2)
    model = Line()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = Scheduler(optimizer, PROGRAM, total=10, count_updates=True)
    loader = torch.utils.data.DataLoader(data(80), batch_size=4)
    model, prepared, loader, wrapped = accelerator.prepare(model, optimizer, loader, scheduler)
    monkeypatch.setattr(AcceleratorState, "num_processes", processes, raising=False)
    used = []
    for x, y in loader:
        with accelerator.accumulate(model):
            before = scheduler.last_epoch
            rate = optimizer.param_groups[0]["lr"]
            accelerator.backward(torch.nn.functional.mse_loss(model(x), y))
            prepared.step()
            wrapped.step()
            prepared.zero_grad()
            if scheduler.last_epoch > before:
                used.append(rate)
    assert used == expected(10)


# --- torchrun -------------------------------------------------------------------------------------

WORKER = """
    import json, os, sys
    import torch
    import torch.distributed as dist
    from lrdsl.torch import Scheduler

    folder, begin, end, program = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    dist.init_process_group("gloo")
    rank = dist.get_rank()
    model = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(2, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = Scheduler(optimizer, program, total=20)
    if begin:
        scheduler.load_state_dict(torch.load(f"{folder}/state.pt", weights_only=True))
    used = []
    for _ in range(begin, end):
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.zero_grad()
        model(torch.ones(4, 2) * (rank + 1)).sum().backward()
        optimizer.step()
        scheduler.step()
    if rank == 0:
        torch.save(scheduler.state_dict(), f"{folder}/state.pt")
    with open(f"{folder}/used-{begin}-{rank}.json", "w") as file:
        json.dump(used, file)
    dist.barrier()
    dist.destroy_process_group()
    os._exit(0)  # on a busy machine torch's threads may abort an interpreter that takes its time
"""


def torchrun(folder, processes, begin, end):
    script = folder / "worker.py"
    script.write_text(textwrap.dedent(WORKER))
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += [f"--nproc-per-node={processes}", str(script), str(folder), str(begin), str(end)]
    done = subprocess.run(
        [*command, NOISY],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads((folder / f"used-{begin}-{r}.json").read_text()) for r in range(processes)]


def test_torchrun_two_ranks_agree_and_one_resumes(tmp_path):
    """Timm's noise and lingbot#41: all ranks draw the same; two save, one goes on."""
    whole = expected(20, NOISY)
    assert torchrun(tmp_path, 2, 0, 12) == [whole[:12], whole[:12]]
    assert torchrun(tmp_path, 1, 12, 20) == [whole[12:]]


# --- timm -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("interval", ["epoch", "step"])
def test_timms_train_loop(interval):
    """The calls of timm's train.py: step_update after every update, step after every epoch."""
    model = Line()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = Scheduler(
        optimizer, "warmup(2ep) >> cosine", total="10ep", interval=interval, steps_per_epoch=5
    )
    plan = scheduler.plan
    used, updates = [], 0
    for epoch in range(10):
        for _ in range(5):
            used.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            updates += 1
            scheduler.step_update(num_updates=updates, metric=0.5)
        scheduler.step(epoch + 1, 0.5)
    if interval == "step":
        assert used == [plan(k, 0.1) for k in range(50)]
    else:
        assert used == [plan(k / 5, 0.1) for k in range(50)]


def test_timms_loop_by_epochs_alone():
    optimizer = torch.optim.SGD(Line().parameters(), lr=0.1)
    scheduler = Scheduler(optimizer, "warmup(2ep) >> cosine", total="10ep")
    used = []
    for epoch in range(10):
        for n in range(3):
            used.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step_update(num_updates=3 * epoch + n + 1)
        scheduler.step(epoch + 1)
    assert used == [scheduler.plan(k // 3, 0.1) for k in range(30)]


def test_an_epoch_that_does_not_convert_is_refused():
    optimizer = torch.optim.SGD(Line().parameters(), lr=0.1)
    scheduler = Scheduler(optimizer, "cosine", total="100st")
    with pytest.raises(lrdsl.LrdslError, match="steps_per_epoch"):
        scheduler.step(3)


# --- other clocks ---------------------------------------------------------------------------------


def test_tokens_as_the_clock():
    optimizer = torch.optim.SGD(Line().parameters(), lr=0.1)
    scheduler = Scheduler(optimizer, "warmup(1M tok) >> cosine", total="10M tok")
    consumed = 0
    for batch in (300_000, 450_000, 700_001):
        optimizer.step()
        consumed += batch
        scheduler.step(progress=consumed)
        assert optimizer.param_groups[0]["lr"] == scheduler.plan(consumed, 0.1)
    assert scheduler.state_dict()["step"] == 1_450_001


# --- metrics --------------------------------------------------------------------------------------


def test_a_plateau_on_top_of_a_schedule():
    """The factor is that of the real ReduceLROnPlateau on the same metrics."""
    optimizer = torch.optim.SGD(Line().parameters(), lr=0.1)
    scheduler = Scheduler(optimizer, "warmup(4) >> cosine", total=40)
    plateau = Plateau(scheduler, factor=0.5, patience=2)
    theirs = torch.optim.SGD(Line().parameters(), lr=1.0)
    reference = torch.optim.lr_scheduler.ReduceLROnPlateau(theirs, factor=0.5, patience=2)
    losses = [1.0, 0.9, 0.9, 0.9, 0.9, 0.8] + [0.8] * 14
    for k, loss in enumerate(losses):
        optimizer.step()
        scheduler.step()
        plateau.step(loss)
        reference.step(loss)
        factor = theirs.param_groups[0]["lr"]
        assert optimizer.param_groups[0]["lr"] == scheduler.plan(k + 1, 0.1) * factor
    assert plateau.factor < 0.2

    states = json.loads(json.dumps([scheduler.state_dict(), plateau.state_dict()]))
    fresh = torch.optim.SGD(Line().parameters(), lr=0.1)
    resumed = Scheduler(fresh, "warmup(4) >> cosine", total=40)
    again = Plateau(resumed, factor=0.5, patience=2)
    resumed.load_state_dict(states[0])
    again.load_state_dict(states[1])
    assert fresh.param_groups[0]["lr"] == optimizer.param_groups[0]["lr"]
    for loss in [0.8] * 6:
        scheduler.step(), resumed.step()
        plateau.step(loss), again.step(loss)
        assert fresh.param_groups[0]["lr"] == optimizer.param_groups[0]["lr"]
