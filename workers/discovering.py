"""Asking a Canvas for the courses of its account, and keeping the schedule in step with the answer.

The list is written down page by page, each in a transaction of its own; none is open while Canvas
is asked.
"""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db.models import F
from django.db.models.functions import Now

from canvas.client import Page
from canvas.errors import CanvasError, ContractError, ForbiddenError, GoneError
from canvas.models import CanvasIntegration
from sync.clock import in_seconds
from sync.discovery import note_listed, note_mirrored, note_unlisted
from sync.extract import Stop
from sync.listed import DELETED, Filter, Listed, read_listed
from sync.models import SyncSchedule
from sync.reader import Reader
from workers.messages import Message, send
from workers.wiring import client_for

log = structlog.get_logger(__name__)

TASK: Final = "workers.tasks.sync_integration"
SOURCE: Final = "account_courses"
AGAIN_S: Final = 15 * 60.0  # a list of which nobody says that it was read is read again then
EVERYTHING: Final = Filter()
_JITTER: Final = 0.1
_MOST_DOUBLINGS: Final = 10


@dataclass(slots=True, kw_only=True)
class Discovery:
    """What one list of an account's courses came to.

    `courses` as Canvas lists them. `unreadable` records were passed over. `complete`: Canvas has
    shown that the list was whole; only then may it say of a course that it is gone (`unlisted`),
    and not of so many at once that the list is rather not to be believed (`held`).
    """

    courses: list[Listed] = field(default_factory=list)
    new: int = 0
    unlisted: int = 0
    unreadable: int = 0
    requests: int = 0
    complete: bool = False
    held: bool = False

    def counts(self) -> dict[str, Any]:
        """As `sync_integration --json` has it."""
        return {
            "listed": len(self.courses),
            "new": self.new,
            "restricted": sum(one.is_restricted for one in self.courses),
            "deleted": sum(one.state == DELETED for one in self.courses),
            "unlisted": self.unlisted,
            "unreadable": self.unreadable,
            "complete": self.complete,
            "held": self.held,
            "requests": self.requests,
        }


async def discover(
    integration: CanvasIntegration, only: Filter = EVERYTHING, *, stop: Stop | None = None
) -> Discovery:
    """List the courses and note them. What was noted before an error stays, and nothing else.

    With `stop` set it ends after the current page. Two at once do no harm. Raises CanvasError.
    """
    found, ending = Discovery(), stop or threading.Event()
    async with client_for(integration) as client:
        try:
            await list_courses(integration, only, reader=client, found=found, stop=ending)
        except CanvasError as error:
            if isinstance(error, ForbiddenError):
                await sync_to_async(note_mirrored)(integration.pk)
            if only.is_all:
                await _put_off(integration)
            raise
        finally:
            found.requests = client.stats.requests
    if only.is_all and not ending.is_set():
        await _settle(integration)
    log.info("courses.listed", integration=integration.name, **found.counts())
    return found


async def discover_in_background(pk: int) -> None:
    """By a worker if there is a broker, else here. A message that is lost is sent again later."""
    if not settings.BROKER_URL:
        await discover_by_id(pk)
    elif not await send(Message(name=TASK, args=(pk,), queue="scheduled")):
        row = SyncSchedule.objects.filter(integration=pk, course=None)
        await row.aupdate(next_at=in_seconds(settings.REDISPATCH_SECONDS))


async def discover_by_id(pk: int) -> Discovery | None:
    """For the task. None when there is nothing to list, or Canvas did not give the list: it is
    asked for again by and by.
    """
    integration = await CanvasIntegration.objects.filter(pk=pk, paused_at=None).afirst()
    if integration is None:
        return None
    try:
        return await discover(integration)
    except CanvasError as error:
        log.warning("courses.not_listed", integration=integration.name, code=error.code)
        return None


async def knows_term(integration: CanvasIntegration, term: int) -> bool | None:
    """Whether Canvas has such a term; None where it does not say, as below the root account.

    Source: canvas-api 4.3. Raises CanvasError for what a list of courses would meet, too.
    """
    path = f"/api/v1/accounts/{integration.account_id}/terms/{term}"
    async with client_for(integration) as client:
        try:
            await client.fetch(path, source="terms", listing=False)
        except GoneError:
            return False
        except (ForbiddenError, ContractError):
            return None
    return True


async def list_courses(
    integration: CanvasIntegration, only: Filter, *, reader: Reader, found: Discovery, stop: Stop
) -> None:
    """Every page as soon as it is there; `found` is what it comes to, whatever happens.

    Raises CanvasError.
    """
    stored = CanvasIntegration.objects.filter(pk=integration.pk)
    began_at = await stored.values_list(Now(), flat=True).aget()
    seen: set[int | str | None] = set()
    path = f"/api/v1/accounts/{integration.account_id}/courses"
    async for page in reader.walk(path, params=only.params(), source=SOURCE):
        seen.update(await _note(integration, page, found=found))
        found.complete = page.completeness is not None and page.completeness.proven
        if stop.is_set():
            return
    # A record without an id may be of any course.
    if found.complete and only.is_all and None not in seen:
        gone = await sync_to_async(note_unlisted)(integration.pk, seen=seen, since=began_at)
        found.unlisted, found.held = gone or 0, gone is None


async def _note(
    integration: CanvasIntegration, page: Page, *, found: Discovery
) -> set[int | str | None]:
    """The ids on the page; None for a record of which it is not known."""
    listed, unreadable = read_listed(page.records)
    noted = await sync_to_async(note_listed)(integration.pk, listed)
    found.courses += listed
    found.new += noted.new
    found.unreadable += unreadable
    if page.keys:
        return set(page.keys)
    return {one.course for one in listed} | ({None} if unreadable else set())


async def _settle(integration: CanvasIntegration) -> None:
    """The list was read; when it is read again."""
    row = await SyncSchedule.objects.filter(integration=integration, course=None).afirst()
    if row is None:
        return
    every_s = row.interval_s or settings.DISCOVERY_HOURS * 3600
    later_s = every_s * (1 + random.uniform(0, row.jitter))
    because = "set by hand" if row.interval_s else "as usual"
    await SyncSchedule.objects.filter(pk=row.pk).aupdate(
        next_at=in_seconds(later_s), cadence_s=every_s, cadence_because=because, failures=0
    )


async def _put_off(integration: CanvasIntegration) -> None:
    """Canvas did not give the list: again soon, and then ever later."""
    row = await SyncSchedule.objects.filter(integration=integration, course=None).afirst()
    if row is None:
        return
    failures = row.failures + 1
    usual_s = row.interval_s or settings.DISCOVERY_HOURS * 3600
    wait_s = min(usual_s, AGAIN_S * 2 ** min(row.failures, _MOST_DOUBLINGS))
    await SyncSchedule.objects.filter(pk=row.pk).aupdate(
        next_at=in_seconds(wait_s),
        failures=F("failures") + 1,
        cadence_because=f"failed {failures} in a row",
    )
