"""`on_commit` for coroutine functions, and for plain ones that return a coroutine."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from asgiref.sync import async_to_sync
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import TransactionManagementError

from canvas.models.aio.cancelling import to_the_end
from canvas.models.aio.session import LateHook, Session, current_block, running_loop

log = structlog.get_logger(__name__)
Hook = Callable[[], object]
_register = BaseDatabaseWrapper.on_commit


def on_commit(connection: BaseDatabaseWrapper, func: Hook, robust: bool = False) -> None:
    """Takes the place of the method of Django's connections; plain hooks behave as they did.

    What a hook returns is looked at, since `on_commit(lambda: notify(course))` is how arguments are
    passed, and Django would drop the coroutine. One registered in an async block is awaited on the
    loop of the block, after it has ended; one registered elsewhere runs by `async_to_sync`.
    """
    if callable(func):
        _refuse_without_transaction(connection, func)
        func = _Hook(func, session=_session_that_commits(connection), robust=robust)
    _register(connection, func, robust)


class _Hook:
    """A hook that loses no coroutine."""

    def __init__(self, hook: Hook, *, session: Session | None, robust: bool) -> None:
        self.__wrapped__ = hook
        self.__qualname__ = _name_of(hook)  # Django logs it when a robust hook fails
        self._session, self._robust = session, robust

    def __call__(self) -> None:
        outcome = self.__wrapped__()
        if not inspect.iscoroutine(outcome):
            return
        if self._session is None:
            async_to_sync(_finish)(outcome)
            return
        late = LateHook(name=self.__qualname__, outcome=outcome, robust=self._robust)
        self._session.after_commit.append(late)


async def run_after_commit(session: Session, *, cancelled: bool) -> None:
    """As Django does with plain hooks: in order, and the first one that raises ends the row.

    `cancelled`: the commit had won against a cancellation, so its hooks run to the end as well.
    """
    hooks, session.after_commit = session.after_commit, []
    while hooks:
        hook = hooks.pop(0)
        try:
            if cancelled:
                ended, _again = await to_the_end(_finish_late(hook))
                ended.result()
            else:
                await _finish_late(hook)
        except BaseException:
            for never_awaited in hooks:
                never_awaited.outcome.close()
            raise


async def _finish(outcome: Coroutine[Any, Any, object]) -> None:
    await outcome


async def _finish_late(hook: LateHook) -> None:
    try:
        await hook.outcome
    except Exception as error:
        if not hook.robust:
            raise
        log.error(  # noqa: TRY400, RUF100  the text of the exception may hold what nobody may read
            "on_commit.failed",
            hook=hook.name,
            error=type(error).__name__,
            where="".join(traceback.format_tb(error.__traceback__)[1:]),
        )


def _session_that_commits(connection: BaseDatabaseWrapper) -> Session | None:
    """The async transaction that `connection` is in, if the caller stands inside it."""
    block = current_block.get()
    session = block.session.root if block is not None else None
    if session is None or session.is_closed or not connection.in_atomic_block:
        return None
    return session if connection in session.connections.values() else None


def _refuse_without_transaction(connection: BaseDatabaseWrapper, func: Hook) -> None:
    if running_loop() is not None and not connection.in_atomic_block:
        raise TransactionManagementError(
            f"on_commit({_name_of(func)}) was called in a coroutine outside of 'async with"
            " transaction.atomic()', so there is no commit to wait for. Open the block around it,"
            " or call the function now. Inside a block use transaction.on_commit: the method of"
            " django.db.connection does not know the block."
        )


def _name_of(hook: Hook) -> str:
    """Without `repr` where there is a name: that of a method goes through all its object holds."""
    name = getattr(hook, "__qualname__", None)
    return repr(hook) if name is None else str(name)
