"""When and where a sync runs. `celery -A workers` finds the app here; nobody else loads Celery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workers.app import app

__all__ = ["app"]


def __getattr__(name: str) -> Any:
    """The app when it is asked for: loading Celery takes a command a tenth of a second."""
    if name != "app":
        raise AttributeError(name)
    from workers.app import app

    globals()["app"] = app  # in place of the module, which the import has put there
    return app
