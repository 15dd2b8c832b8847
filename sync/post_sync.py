"""The extension point: an installation's own functions, called after each run with what it changed.

The setting POST_SYNC lists them as dotted paths. They may do what they like with their own tables;
what one of them does wrong never undoes the copy and never keeps the next from running.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import TypeAlias, cast

import structlog
from django.conf import settings
from django.utils.module_loading import import_string

from canvas.models import MirroredRow
from sync.changes import changed_rows
from sync.errors import BadPostSyncError
from sync.models import Run

log = structlog.get_logger(__name__)

PostSync: TypeAlias = Callable[[Run, AsyncIterator[MirroredRow]], Awaitable[None]]


def function_at(path: str) -> PostSync:
    """The function a dotted path names. Raises BadPostSyncError saying what is wrong with it."""
    try:
        function = import_string(path)
    except ImportError as error:
        raise BadPostSyncError(f"{path} cannot be imported: {error}") from error
    if not inspect.iscoroutinefunction(function):
        raise BadPostSyncError(f"{path} is not an 'async def' function")
    return cast(PostSync, function)


async def run_post_sync(run: Run) -> list[str]:
    """Call every function of POST_SYNC, one after the other; the paths of those that failed.

    Each gets the run, whose `state` says what it came to, and an iterator of its own over the rows
    the run changed (see `sync.changes.changed_rows`). Why one failed is logged without the text of
    its exception, which may hold what nobody may read.
    """
    failed = []
    for path in settings.POST_SYNC:
        rows = cast(AsyncGenerator[MirroredRow, None], changed_rows(run))
        try:
            async with aclosing(rows):
                await function_at(path)(run, rows)
        except Exception as error:  # noqa: BLE001 -- somebody else's code: any failure is only its own
            failed.append(path)
            log.error(  # noqa: TRY400, RUF100 -- the text of the exception stays out of the log
                "post_sync.failed",
                function=path,
                error=type(error).__name__,
                where="".join(traceback.format_tb(error.__traceback__)[1:]),
            )
    return failed
