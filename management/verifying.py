"""The verb behind `verify_course`: a mirrored course compared with Canvas; nothing is written."""

from __future__ import annotations

from typing import Final

from django.conf import settings

from canvas.client.auth import Token, TokenSource
from canvas.client.rereading import Rereader
from canvas.errors import CanvasError
from canvas.models import CanvasIntegration
from management.errors import CommandStopped, canvas_failed, usage
from management.exits import Exit
from management.integrations import find_integration
from sync.verify.result import Verification
from sync.verify.verifying import CourseUnknownError, Progress, verify
from workers.budget import budget_for
from workers.credentials import Onlooker, token_source_for

_EFFECT: Final = "nothing was compared to its end; nothing was written"


async def verify_course(course: int, *, integration: str | None, watch: Progress) -> Verification:
    """Read the course again through canvasapi and compare.

    Raises CommandStopped for a course that was never mirrored, and when Canvas cannot be read.
    """
    found = await find_integration(integration)
    if found._state.adding:
        raise _unknown(course, found)
    try:
        return await verify(course, integration=found.pk, reader=_reader_of(found), watch=watch)
    except CourseUnknownError as error:
        raise _unknown(course, found) from error
    except CanvasError as failure:
        raise canvas_failed(failure, effect=_EFFECT) from failure


def exit_of_verification(verification: Verification) -> Exit:
    """What differs weighs more than what could not be read."""
    if verification.differs:
        return Exit.FAILED
    return Exit.DONE if verification.ok else Exit.PARTIAL


def _reader_of(integration: CanvasIntegration) -> Rereader:
    tokens = Onlooker(token_source_for(integration))
    return Rereader(
        integration.base_url,
        tokens=_Silent(tokens),
        budget=budget_for(tokens.identity),
        allow_insecure=settings.CANVAS_ALLOW_INSECURE,
    )


class _Silent:
    """A source of tokens that notes nowhere that one was refused: a comparison changes nothing."""

    def __init__(self, tokens: TokenSource) -> None:
        self._tokens = tokens
        self.current, self.renew = tokens.current, tokens.renew

    @property
    def identity(self) -> str:
        return self._tokens.identity

    async def refused(self, token: Token) -> None:
        """The next sync finds out for itself."""


def _unknown(course: int, integration: CanvasIntegration) -> CommandStopped:
    return usage(
        f"course {course} of {integration.name} was never mirrored: there is nothing to compare",
        next_step=f"run 'manage.py sync_course {course}' first",
    )
