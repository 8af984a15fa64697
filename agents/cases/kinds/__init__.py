"""The kinds of case. Each module here registers its kind; to add one, add its module."""

import pkgutil
from importlib import import_module

from agents.cases.registry import list_kinds

for _module in sorted(each.name for each in pkgutil.iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")

KINDS = list_kinds()
"""By name."""
