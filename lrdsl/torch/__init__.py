"""Programs in torch: a scheduler, plans on tensors, and helpers for training frameworks."""

from lrdsl.torch.frameworks import for_lightning, for_trainer
from lrdsl.torch.plateau import Plateau
from lrdsl.torch.scheduler import Scheduler
from lrdsl.torch.state import Change
from lrdsl.torch.tensors import prepare, value

__all__ = ["Change", "Plateau", "Scheduler", "for_lightning", "for_trainer", "prepare", "value"]
