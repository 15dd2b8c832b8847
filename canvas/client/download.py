"""Files of Canvas: the first request with the token, every further one as a stranger.

Canvas answers a download with redirects to storage that is not its own (canvas-api 7.3, trap 8).
Only the first request, to the origin, carries the token; it is never added again, not even when a
redirect leads back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

import httpx

from canvas.client.allowed import refuse_unlisted
from canvas.client.auth import TokenAuth, TokenSource
from canvas.client.body import read_start
from canvas.client.budget import Budget, Slot
from canvas.client.call import Answer, Call
from canvas.client.closed import ClosedClient
from canvas.client.events import Sent
from canvas.client.failures import failure, translated
from canvas.client.origin import DEFAULT_PORTS, Origin
from canvas.client.policy import BODY_START_BYTES, Verdict, reply_of, verdict
from canvas.client.quota import cost_of, remaining_of
from canvas.client.received import Downloaded, Wanted, received
from canvas.client.retrying import retry_after_s
from canvas.errors import (
    AccessRevokedError,
    CanvasDownError,
    CanvasError,
    ConnectionLostError,
    ContractError,
    ForbiddenError,
    GoneError,
)

MAX_REDIRECTS: Final = 5
TOTAL_S: Final = 900.0
CONNECT_S, READ_S = 10.0, 60.0

_REDIRECTS: Final = frozenset((301, 302, 303, 307, 308))
# What storage answers instead of the file; it knows nothing of Canvas's errors.
_STORAGE_ERRORS: Final[Mapping[int, type[CanvasError]]] = {
    401: ForbiddenError,
    403: ForbiddenError,
    404: GoneError,
    410: GoneError,
    429: CanvasDownError,
    500: CanvasDownError,
    502: CanvasDownError,
    503: CanvasDownError,
    504: CanvasDownError,
}


class Downloader:
    """Fetches files of one Canvas. Safe for concurrent tasks; close it with `aclose()`."""

    def __init__(
        self,
        origin: Origin,
        *,
        tokens: TokenSource,
        budget: Budget,
        user_agent: str,
        allow_insecure: bool,
        total_s: float = TOTAL_S,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._origin, self._allow_insecure, self._total_s = origin, allow_insecure, total_s
        self._tokens, self._budget = tokens, budget
        self._http = ClosedClient(
            headers={"User-Agent": user_agent, "Accept": "*/*", "Accept-Encoding": "identity"},
            timeout=httpx.Timeout(READ_S, connect=CONNECT_S, pool=None),
            allow_private=allow_insecure,
            transport=transport,
        )

    async def aclose(self) -> None:
        await self._http.aclose()

    async def download(self, address: str, *, wanted: Wanted) -> Downloaded:
        """The file at `address`, the `url` of a File object or a path such as `/files/7/download`.

        One attempt. When it raises, the receiver may have got a part: keep nothing before this
        returns. Raises SkippableError when this one file cannot be had, RetryableError when it may
        be had later, AccessRevokedError before the first byte, and ContractError for an address
        or a redirect that must not be followed.
        """
        url = self._first(address)
        token = await self._tokens.current()
        try:
            try:
                return await self._in_time(url, token=token.value, wanted=wanted)
            except AccessRevokedError:
                token = await self._tokens.renew(token)
            return await self._in_time(url, token=token.value, wanted=wanted)
        except AccessRevokedError:
            await self._tokens.refused(token)
            raise

    def _first(self, address: str) -> httpx.URL:
        if not address:  # canvas-api 7.3
            raise ForbiddenError(cause="the file is locked: Canvas names no address for it")
        url = httpx.URL(self._origin.admit(address, seen_on=httpx.URL(str(self._origin))))
        refuse_unlisted("GET", url)
        return url

    async def _in_time(self, url: httpx.URL, *, token: str, wanted: Wanted) -> Downloaded:
        deadline = asyncio.timeout(self._total_s)
        try:
            async with deadline:
                return await self._followed(url, token=token, wanted=wanted)
        except TimeoutError as error:
            if not deadline.expired():
                raise  # the receiver's own
            raise ConnectionLostError(cause="the file did not come in time") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise translated(error) from error

    async def _followed(self, url: httpx.URL, *, token: str, wanted: Wanted) -> Downloaded:
        auth = TokenAuth(token, origin=self._origin)
        call = Call(url=url, source="files", listing=False)
        async with self._budget.slot() as slot:
            sent = Sent(call, attempt=1, waited_s=slot.waited_s, secret=token)
            async with self._http.stream("GET", url, auth=auth) as response:
                await _refuse(response, slot=slot, sent=sent)
                step = await self._step(response, seen_on=url, wanted=wanted)
        for _ in range(MAX_REDIRECTS):
            if isinstance(step, Downloaded):
                return step
            async with self._http.stream("GET", step) as response:
                _refuse_of_storage(response)
                step = await self._step(response, seen_on=step, wanted=wanted)
        if isinstance(step, Downloaded):
            return step
        raise ContractError(cause=f"a file was redirected more than {MAX_REDIRECTS} times")

    async def _step(
        self, response: httpx.Response, *, seen_on: httpx.URL, wanted: Wanted
    ) -> Downloaded | httpx.URL:
        """The file, or where it is."""
        if response.status_code == httpx.codes.OK:
            return await received(response, wanted=wanted)
        return self._further(response, seen_on=seen_on)

    def _further(self, response: httpx.Response, *, seen_on: httpx.URL) -> httpx.URL:
        """Where a redirect leads, if a stranger may go there."""
        locations = response.headers.get_list("location")
        try:
            (location,) = locations
            url = seen_on.join(location).copy_with(fragment=None)
        except (ValueError, httpx.InvalidURL) as error:
            raise _led_astray("nowhere") from error
        if url.scheme not in DEFAULT_PORTS or not url.host or url.userinfo or "\\" in location:
            raise _led_astray("to what is no plain web address")
        if url.scheme != "https" and not self._allow_insecure:
            raise _led_astray("to http")
        if self._origin.same_origin(url):
            _refuse_login(url)
            refuse_unlisted("GET", url)
        return url


async def _refuse(response: httpx.Response, *, slot: Slot, sent: Sent) -> None:
    """Anything of Canvas but the file or a redirect; budget and log are told either way."""
    status, headers = response.status_code, response.headers
    passes = status == httpx.codes.OK or status in _REDIRECTS
    body = b"" if passes else await read_start(response, max_bytes=BODY_START_BYTES)
    reply = reply_of(status, headers=headers, body=body)
    kind = Verdict.OK if passes else verdict(reply)
    remaining, cost = remaining_of(headers), cost_of(headers)
    if kind is Verdict.THROTTLE:
        slot.rejected(retry_after_s=retry_after_s(headers))
    else:
        slot.answered(remaining=remaining, cost=cost)
    answer = Answer(status=status, headers=headers, body=body)
    sent.answered(answer, verdict=kind, cost=cost, remaining=remaining)
    if kind is not Verdict.OK:
        raise failure(kind, reply=reply, headers=headers)


def _refuse_of_storage(response: httpx.Response) -> None:
    status = response.status_code
    if status != httpx.codes.OK and status not in _REDIRECTS:
        kind = _STORAGE_ERRORS.get(status, ContractError)
        raise kind(status=status, cause="the storage of Canvas does not hand out the file")


def _refuse_login(url: httpx.URL) -> None:
    if url.path == "/login" or url.path.startswith("/login/"):
        raise ForbiddenError(cause="Canvas asks for a login instead of sending the file")


def _led_astray(where: str) -> ContractError:
    return ContractError(
        cause=f"Canvas redirects a file {where}",
        next_step="check how the file storage of this Canvas is set up",
    )
