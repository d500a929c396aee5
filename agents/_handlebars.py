"""Puts off what Semantic Kernel imports for Handlebars prompts until one is used.

Semantic Kernel imports `pybars` with itself, and `pybars` compiles its grammar on import: 0.8 s of a server's start,
for templates that no persona here uses. The stand-in loads the real package when a template is compiled.
"""

from __future__ import annotations

import importlib
import sys
import types

NAME = "pybars"


class PybarsError(Exception):
    """Stands for the package's own error type until the package is loaded."""


class Compiler:
    """Making one gives the real package's compiler."""

    def __new__(cls) -> Compiler:
        """The real compiler; raises ImportError where the package is not installed."""
        if getattr(sys.modules.get(NAME), "Compiler", None) is cls:
            del sys.modules[NAME]
        real = importlib.import_module(NAME)
        made: Compiler = real.Compiler()
        return made


def put_off() -> None:
    """Put the stand-in where `import pybars` finds it, unless the package is there already."""
    stand_in = types.ModuleType(NAME, __doc__)
    stand_in.__dict__.update(Compiler=Compiler, PybarsError=PybarsError)
    sys.modules.setdefault(NAME, stand_in)
