"""A training script with schedules in it."""

import lrdsl
from lrdsl.torch import Scheduler

FINETUNE = "warmup(1ep) >> cosine(end=0.01*lr)"  # lrdsl
PRETRAIN = {  # lrdsl
    "lr": "warmup(5ep) >> cosine(end=0.01*lr)",
    "weight_decay": "hold(value=0.05)",
}


def build(optimizer, floor):
    """The scheduler of a run, with what it does printed."""
    plan = lrdsl.compile(f"warmup(5ep) >> cosine(end={floor})", total="90ep")
    print(plan.explain())
    return Scheduler(optimizer, schedule="warmup(5ep) >> exponetial(every=1ep, factor=0.95)")
