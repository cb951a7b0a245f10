"""A plain torch loop with mixed precision: the hook counts the updates that really happen."""

import torch

from lrdsl.torch import Scheduler

model = torch.nn.Linear(8, 1)
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.1)
scheduler = Scheduler(
    optimizer,
    {"lr": "warmup(10%) >> cosine(end=lr/100)", "weight_decay": "cosine(end=lr/10)"},
    total=20,
    count_updates=True,  # an update that the scaler skips does not count
)
scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10)

for step in range(20):
    x = torch.randn(16, 8)
    optimizer.zero_grad()
    scaler.scale((model(x) - x.sum(1, keepdim=True)).square().mean()).backward()
    scaler.step(optimizer)
    scaler.update()
    (lr,), (decay,) = scheduler.last_used(), scheduler.last_used("weight_decay")
    if step % 5 == 0:
        print(f"update {step + 1:2}: lr {lr:.6f}, weight decay {decay:.4f}")
