"""Several processes: every rank draws the same noise, and any number of them can go on.

torchrun --nproc-per-node 2 examples/frameworks/ranks.py
"""

import torch
import torch.distributed as dist

from lrdsl.torch import Scheduler

dist.init_process_group("gloo")
model = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(8, 1))
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
scheduler = Scheduler(optimizer, "(warmup(10%) >> cosine) + noise(0.2)", total=10)

for _ in range(10):
    x = torch.randn(16, 8)
    optimizer.zero_grad()
    (model(x) - x.sum(1, keepdim=True)).square().mean().backward()
    optimizer.step()
    scheduler.step()
    used = [None] * dist.get_world_size()
    dist.all_gather_object(used, scheduler.last_used())
    if dist.get_rank() == 0:
        print(f"update {scheduler.last_epoch:2}: lr", *(f"{lr:.6f}" for (lr,) in used))
dist.barrier()
dist.destroy_process_group()
