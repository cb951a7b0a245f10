"""A transformers Trainer: for_trainer gives it the program, it counts the updates itself."""

import tempfile

import torch
import transformers

from lrdsl.torch import for_trainer


class Model(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.line = torch.nn.Linear(8, 1)

    def forward(self, x, labels):
        return {"loss": (self.line(x) - labels).square().mean()}


class Rates(transformers.TrainerCallback):
    def on_pre_optimizer_step(self, args, state, control, optimizer=None, **kwargs):
        print(f"update {state.global_step + 1:2}: lr {optimizer.param_groups[0]['lr']:.6f}")


rows = [{"x": x, "labels": x.sum().unsqueeze(0)} for x in torch.randn(64, 8)]
with tempfile.TemporaryDirectory() as folder:
    arguments = transformers.TrainingArguments(
        output_dir=folder,
        learning_rate=0.01,
        num_train_epochs=3,
        per_device_train_batch_size=8,
        gradient_accumulation_steps=2,
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
        use_cpu=True,
    )
    trainer = transformers.Trainer(Model(), arguments, train_dataset=rows, callbacks=[Rates()])
    for_trainer(trainer, "warmup(1ep) >> cosine")
    trainer.train()
