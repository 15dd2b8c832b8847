"""The extension point: an installation's own functions, called after each run with what it changed.

The setting POST_SYNC lists them as dotted paths. They may do what they like with their own tables;
what one of them does wrong never undoes the copy and never keeps the next from running.
"""

from __future__ import annotations

import asyncio
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
    except Exception as error:  # somebody else's module may raise anything as it is imported
        raise BadPostSyncError(f"{path} cannot be imported: {type(error).__name__}") from error
    if not inspect.iscoroutinefunction(function):
        raise BadPostSyncError(f"{path} is not an 'async def' function")
    return cast(PostSync, function)


def refuse_bad_paths() -> None:
    """For who starts a run: better now than at its end. Raises BadPostSyncError."""
    for path in settings.POST_SYNC:
        function_at(path)


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
        except (Exception, SystemExit, asyncio.CancelledError) as error:  # it is only its own
            if isinstance(error, asyncio.CancelledError) and _are_we_cancelled():
                raise
            failed.append(path)
            log.error(  # noqa: TRY400, RUF100 -- the text of the exception stays out of the log
                "post_sync.failed",
                function=path,
                error=type(error).__name__,
                where="".join(traceback.format_tb(error.__traceback__)[1:]),
            )
    return failed


def _are_we_cancelled() -> bool:
    """Or was it a task of the function's own?"""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
