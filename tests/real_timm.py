"""The real `timm.scheduler`, without the rest of timm.

`import timm` runs its `__init__`, which wants torchvision and every model. The schedulers need
torch alone, so timm is entered here as a namespace package: its own files, its `__init__` not run.
"""

import importlib
import importlib.util
import sys
from importlib.machinery import ModuleSpec

if "timm" not in sys.modules:
    found = importlib.util.find_spec("timm")
    if found is None:
        raise ModuleNotFoundError("the tests compare with timm: pip install --no-deps timm")
    alone = ModuleSpec("timm", None, is_package=True)
    alone.submodule_search_locations = found.submodule_search_locations
    sys.modules["timm"] = importlib.util.module_from_spec(alone)

scheduler = importlib.import_module("timm.scheduler")
Scheduler = scheduler.scheduler.Scheduler
