"""accelerate: the prepared scheduler is stepped once per process; counting updates is immune."""

import torch
from accelerate import Accelerator

from lrdsl.torch import Scheduler

accelerator = Accelerator(cpu=True, gradient_accumulation_steps=2)
model = torch.nn.Linear(8, 1)
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
loader = torch.utils.data.DataLoader(torch.randn(192, 8), batch_size=8)
scheduler = Scheduler(optimizer, "warmup(10%) >> cosine", total=12, count_updates=True)
model, optimizer, loader, scheduler = accelerator.prepare(model, optimizer, loader, scheduler)

for x in loader:
    with accelerator.accumulate(model):
        accelerator.backward((model(x) - x.sum(1, keepdim=True)).square().mean())
        optimizer.step()
        scheduler.step()  # does nothing: the hook has counted
        optimizer.zero_grad()
    if accelerator.sync_gradients:
        counted, (lr,) = scheduler.scheduler.last_epoch, scheduler.scheduler.last_used()
        print(f"update {counted:2}: lr {lr:.6f}")
