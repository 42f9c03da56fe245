"""Loads scripts for their tests."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

SCRIPTS = Path(__file__).parent.parent
sys.path.insert(0, str(SCRIPTS))


def load(name: str) -> ModuleType:
    """Returns a script as a module. Names of scripts have hyphens, so `import` cannot load them."""
    specification = importlib.util.spec_from_file_location(name.replace("-", "_"), SCRIPTS / f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module
