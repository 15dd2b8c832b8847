"""Tells mypy what `canvas.models.aio` gives Django's `Atomic`: `async with` and its two methods.

Only mypy imports this, by its path: `plugins = ["canvas/mypy_plugin.py"]`. It steps aside when
django-stubs know the methods themselves.
"""

from __future__ import annotations

from collections.abc import Callable

from mypy.nodes import ARG_POS, Argument, Var
from mypy.plugin import ClassDefContext, Plugin
from mypy.plugins.common import add_method_to_class
from mypy.types import AnyType, NoneType, Type, TypeOfAny

_ATOMIC = "django.db.transaction.Atomic"


class AsyncAtomicPlugin(Plugin):
    def get_customize_class_mro_hook(
        self, fullname: str
    ) -> Callable[[ClassDefContext], None] | None:
        return _add_async_methods if fullname == _ATOMIC else None


def _add_async_methods(context: ClassDefContext) -> None:
    if "__aenter__" in context.cls.info.names:
        return
    anything = AnyType(TypeOfAny.explicit)
    about_error = [
        Argument(Var(name, anything), anything, None, ARG_POS)
        for name in ("kind", "error", "traceback")
    ]
    _add(context, "__aenter__", [])
    _add(context, "__aexit__", about_error)


def _add(context: ClassDefContext, name: str, arguments: list[Argument]) -> None:
    """`add_method_to_class` has no word for "async", so the coroutine is what is returned."""
    anything, nothing = AnyType(TypeOfAny.explicit), NoneType()
    returned: list[Type] = [anything, anything, nothing]
    coroutine = context.api.named_type_or_none("typing.Coroutine", returned)
    if coroutine is not None:
        add_method_to_class(context.api, context.cls, name, arguments, coroutine)


def plugin(version: str) -> type[Plugin]:
    """What mypy calls to get the plugin."""
    return AsyncAtomicPlugin
