"""timm's own training loop: the scheduler answers the calls of its train.py."""

import torch

from lrdsl.torch import Scheduler

EPOCHS, UPDATES = 4, 5
model = torch.nn.Linear(8, 1)
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
scheduler = Scheduler(
    optimizer,
    "warmup(1ep, start=1e-5) >> cosine(end=1e-5)",
    total=f"{EPOCHS}ep",
    interval="step",  # with "epoch" the rate moves along the same curve, epoch by epoch
    steps_per_epoch=UPDATES,
)

num_updates = 0
for epoch in range(EPOCHS):
    for _ in range(UPDATES):
        x = torch.randn(16, 8)
        loss = (model(x) - x.sum(1, keepdim=True)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        num_updates += 1
        scheduler.step_update(num_updates=num_updates, metric=loss.item())
    scheduler.step(epoch + 1, loss.item())
    print(f"epoch {epoch + 1}: the last update used lr {scheduler.last_used()[0]:.6f}")
