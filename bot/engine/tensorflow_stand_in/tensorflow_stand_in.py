"""Stands in for TensorFlow where it is not installed, so that Rasa can be imported; it computes nothing.

Rasa imports TensorFlow on every path, even when no component of the pipeline uses it. At import Rasa only ever takes
names from it: to inherit from, to decorate with, to write in annotations. Every name found here is a class, which will
do for all three. Whatever goes further than that (instantiating, calling) raises `StandInUsed`, which names the
component of the pipeline that wanted it and says what to install.

The finder goes to the very end of `sys.meta_path`, so it is only asked for what nobody else has: where the real
TensorFlow is installed this module does nothing at all.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types
from collections.abc import Collection, Sequence
from typing import Any

PACKAGES = frozenset({"tensorflow", "tensorflow_hub", "tensorflow_text", "keras"})
HINT = "install TensorFlow ('Components that need TensorFlow' in docs/engine.md says how) or choose another component"


class StandInUsed(ImportError):
    """Something was asked of a stand-in that only the real package can do."""


class _InertType(type):
    """The type of everything found in a stand-in: a class whose attributes are such classes again."""

    hint: str

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _inert(f"{cls.__qualname__}.{name}", cls.hint)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls.__qualname__ == "tensorflow.function":  # a decorator, with or without arguments
            return args[0] if args else lambda function: function
        raise StandInUsed(f"{_who_asks()} uses {cls.__qualname__}, of which only a stand-in is there: {cls.hint}")


def _inert(qualified_name: str, hint: str) -> Any:
    names = {"__qualname__": qualified_name, "__module__": __name__, "hint": hint}
    return _InertType(qualified_name.rpartition(".")[2], (), names)


def _who_asks() -> str:
    """The outermost component of the pipeline on the stack, or else the module that asked."""
    frame: types.FrameType | None = sys._getframe(2)
    who = str(frame.f_globals.get("__name__")) if frame else "this code"
    while frame is not None:
        owner = frame.f_locals.get("self", frame.f_locals.get("cls"))
        kind = owner if isinstance(owner, type) else type(owner)
        if any(base.__name__ == "GraphComponent" for base in kind.__mro__):
            who = f"the component {kind.__name__}"
        frame = frame.f_back
    return who


class _StandInModule(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = _inert(f"{self.__name__}.{name}", self.__spec__.loader.hint)  # type: ignore[union-attr]  # our Finder
        setattr(self, name, value)
        return value


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds a stand-in for each of `names` and for all that is below it; `hint` tells who uses one what to do."""

    def __init__(self, names: Collection[str], hint: str) -> None:
        self.names = frozenset(names)
        self.hint = hint

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        parent = fullname.rpartition(".")[0]
        # Below a real package a missing submodule stays an ordinary ImportError.
        if fullname in self.names or isinstance(sys.modules.get(parent), _StandInModule):
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _StandInModule(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """Nothing to run: the names of the module appear as they are asked for."""


def is_needed() -> bool:
    """Whether `import tensorflow` would find the stand-in, because the real one is not installed."""
    spec = importlib.util.find_spec("tensorflow")
    return spec is not None and isinstance(spec.loader, Finder)


def install() -> None:
    """Offers the stand-in to whoever imports TensorFlow and finds none."""
    if not any(isinstance(finder, Finder) and finder.names == PACKAGES for finder in sys.meta_path):
        sys.meta_path.append(Finder(PACKAGES, HINT))
