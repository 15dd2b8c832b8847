"""canvasapi under our rules: one origin, listed reads, checked addresses, no redirects, our errors.

canvasapi brings its own HTTP stack (requests); its session gets an adapter that lets nothing
else through. The timeout is per read: a server that drips can take longer.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any, Final
from urllib.parse import quote, urlsplit

import httpx
import requests
from canvasapi import Canvas
from canvasapi.account import Account
from canvasapi.exceptions import CanvasException
from requests.adapters import HTTPAdapter
from requests.exceptions import (
    ChunkedEncodingError,
    ContentDecodingError,
    InvalidJSONError,
    RequestException,
    Timeout,
)

from canvas.client.allowed import refuse_unlisted
from canvas.client.auth import checked_token, user_agent
from canvas.client.bounded import NOT_COMPRESSED, read_bounded
from canvas.client.failures import failure, located, untrusted_certificate
from canvas.client.links import admitted_next
from canvas.client.origin import DEFAULT_PORTS, Origin
from canvas.client.policy import BODY_START_BYTES, Verdict, reply_of, verdict
from canvas.client.redaction import quiet_wire_logs
from canvas.client.sockets import Resolve, checked_pools, system_resolve
from canvas.client.transport import no_cookies, shared_tls
from canvas.errors import (
    CanvasDownError,
    CanvasError,
    ConnectionLostError,
    ContractError,
)

CONNECT_TIMEOUT_S: Final = 10.0
MAX_PAGE_SIZE: Final = 100
# The first row that fits; what canvasapi itself raises was refused by the adapter before.
_FOREIGN: Final[tuple[tuple[type[Exception], type[CanvasError], str], ...]] = (
    (Timeout, ConnectionLostError, "Canvas did not answer in time"),
    (InvalidJSONError, CanvasDownError, "Canvas sent half an answer"),
    (ChunkedEncodingError, ConnectionLostError, "the connection to Canvas broke off"),
    (ContentDecodingError, CanvasDownError, "Canvas sent a damaged compressed answer"),
    (requests.ConnectionError, ConnectionLostError, "Canvas could not be reached"),
    (RequestException, ContractError, "a request to Canvas could not be made"),
    (Exception, ContractError, "Canvas answered in a shape this program does not know"),
)


class GuardedAdapter(HTTPAdapter):
    """Sends listed reads to the origin only and raises our error for any answer but a good one."""

    def __init__(
        self,
        origin: Origin,
        *,
        agent: str,
        timeout_s: float,
        allow_private: bool = False,
        resolve: Resolve = system_resolve,
    ) -> None:
        self._origin, self._agent = origin, agent
        self._timeout = (CONNECT_TIMEOUT_S, timeout_s)
        self._pools = checked_pools(allow_private=allow_private, resolve=resolve)
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options, ssl_context=shared_tls())
        self.poolmanager.pool_classes_by_scheme = self._pools

    def send(
        self, request: requests.PreparedRequest, *args: Any, **options: Any
    ) -> requests.Response:
        url = self._listed(request)
        request.headers["User-Agent"] = self._agent
        request.headers["Accept-Encoding"] = NOT_COMPRESSED
        ours = {"timeout": self._timeout, "proxies": None, "stream": True}
        response = super().send(request, **{**options, **ours})
        read_bounded(response, enough=None if response.ok else BODY_START_BYTES)
        _refuse(response)
        self._admit_next(response, seen_on=url)
        return response

    def _listed(self, request: requests.PreparedRequest) -> httpx.URL:
        """The address as it will be sent, if it may be. Raises ContractError.

        requests reads an address with another parser than httpx; both must see the same.
        """
        if request.method != "GET" or not self._is_ours(request.url or ""):
            raise ContractError(cause=f"a request other than a read from {self._origin} was made")
        sent = httpx.URL(str(self._origin)).copy_with(raw_path=request.path_url.encode())
        refuse_unlisted(request.method, sent)
        if sent.raw_path.partition(b"?")[0] != request.path_url.partition("?")[0].encode():
            raise ContractError(cause="a request was made whose path has two readings")
        return sent

    def _is_ours(self, url: str) -> bool:
        parts = urlsplit(url)
        try:
            port = DEFAULT_PORTS.get(parts.scheme) if parts.port is None else parts.port
        except ValueError:  # a port that is none
            return False
        there = Origin(scheme=parts.scheme, host=parts.hostname or "", port=port or 0)
        return there == self._origin and self._origin.same_origin(url)

    def _admit_next(self, response: requests.Response, *, seen_on: httpx.URL) -> None:
        """canvasapi cuts the next link by our address, so it must see it as we admit it."""
        following = admitted_next(response.headers, origin=self._origin, seen_on=seen_on)
        if following:
            response.headers["Link"] = f'<{following}>; rel="next"'


def guarded_canvas(
    origin: Origin,
    *,
    token: str,
    timeout_s: float,
    allow_private: bool = False,
    contact: str = "",
) -> Canvas:
    """The facade of canvasapi, able to reach this origin only."""
    quiet_wire_logs()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of http://, which parse_base_url has decided
        canvas = Canvas(str(origin), checked_token(token))
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(no_cookies())
    session.adapters.clear()
    adapter = GuardedAdapter(
        origin, agent=user_agent(contact), timeout_s=timeout_s, allow_private=allow_private
    )
    session.mount(f"{origin.scheme}://", adapter)
    # canvasapi offers no other way to give it a session; a test fails if it moves.
    canvas._Canvas__requester._session = session
    return canvas


def first_of(listing: Any, *, count: int) -> Iterator[Any]:
    """The first `count` records of a canvasapi list, in pages no larger than that."""
    # Given per_page, canvasapi sends 100 behind it, and Canvas takes the last one.
    listing._next_params["per_page"] = min(count, MAX_PAGE_SIZE)
    return islice(listing, count)


def account_of(canvas: Canvas, account_id: int | str) -> Any:
    """The account; canvasapi itself looks up numbers only, Canvas also `self` and SIS ids."""
    requester = canvas._Canvas__requester
    answer = requester.request("GET", f"accounts/{quote(str(account_id), safe=':~')}")
    return Account(requester, answer.json())


@contextmanager
def translating(*, source: str, path: str) -> Iterator[None]:
    """Around calls of canvasapi and nothing else: what it raises leaves as an error of ours."""
    with located(source=source, path=path):
        try:
            yield
        except (RequestException, CanvasException, *_SHAPE_ERRORS) as error:
            raise _translated(error) from error


_SHAPE_ERRORS: Final = (AttributeError, KeyError, TypeError, ValueError)


def _translated(error: Exception) -> CanvasError:
    if untrusted := untrusted_certificate(error):
        return untrusted
    kind, cause = next(
        (ours, text) for foreign, ours, text in _FOREIGN if isinstance(error, foreign)
    )
    return kind(cause=cause)


def _refuse(response: requests.Response) -> None:
    headers: Mapping[str, str] = response.headers
    body = b"" if response.ok else response.content
    reply = reply_of(response.status_code, headers=headers, body=body)
    kind = verdict(reply)
    if kind is not Verdict.OK:
        raise failure(kind, reply=reply, headers=headers)
