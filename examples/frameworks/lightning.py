"""A LightningModule: one line in configure_optimizers; Lightning itself says how many updates."""

import pytorch_lightning as lightning
import torch

from lrdsl.torch import for_lightning


class Module(lightning.LightningModule):
    def __init__(self) -> None:
        super().__init__()
        self.model = torch.nn.Linear(8, 1)

    def training_step(self, batch, _):
        (x,) = batch
        return (self.model(x) - x.sum(1, keepdim=True)).square().mean()

    def on_before_optimizer_step(self, optimizer) -> None:
        print(f"update {self.global_step + 1:2}: lr {optimizer.param_groups[0]['lr']:.6f}")

    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.parameters(), lr=0.01)
        return for_lightning(self.trainer, optimizer, "warmup(1ep) >> cosine")


trainer = lightning.Trainer(
    max_epochs=3,
    accumulate_grad_batches=2,
    accelerator="cpu",
    logger=False,
    enable_checkpointing=False,
    enable_progress_bar=False,
    enable_model_summary=False,
)
data = torch.utils.data.TensorDataset(torch.randn(64, 8))
trainer.fit(Module(), torch.utils.data.DataLoader(data, batch_size=8))
