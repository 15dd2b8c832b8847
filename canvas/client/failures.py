"""From a verdict, or an exception of the wire, to an error of our tree: one function for each."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import httpx

from canvas.client.auth import PRODUCT
from canvas.client.paths import course_of
from canvas.client.policy import Reply, Verdict
from canvas.client.retrying import retry_after_s
from canvas.errors import (
    AccessRevokedError,
    AnswerTimeoutError,
    CanvasDownError,
    CanvasError,
    ConfigError,
    ConnectionLostError,
    ContractError,
    ForbiddenError,
    GoneError,
    RetryableError,
    ThrottledError,
)

_REPLY_ERRORS: Final[Mapping[Verdict, type[CanvasError]]] = {
    Verdict.RETRY: CanvasDownError,
    Verdict.THROTTLE: ThrottledError,
    Verdict.REFRESH: AccessRevokedError,
    Verdict.FORBIDDEN: ForbiddenError,
    Verdict.GONE: GoneError,
    Verdict.BAD_REQUEST: ContractError,
    Verdict.CONFIG: ConfigError,
    Verdict.STOP: ContractError,
}
_CAUSES: Final[Mapping[tuple[Verdict, int], str]] = {
    (Verdict.RETRY, 200): "a web page came instead of data",
    (Verdict.RETRY, 503): "Canvas is not available",
    (Verdict.FORBIDDEN, 404): "this page is switched off in the course",
    (Verdict.CONFIG, 403): "Canvas refuses the User-Agent of this program",
}
_ADVICE: Final[Mapping[Verdict, str]] = {
    Verdict.BAD_REQUEST: "try once more; if it stays, report the request and this status",
    Verdict.STOP: "check that the address is a Canvas; if it is, report this status",
}
_OK: Final = 200
_FALLBACK_CAUSES: Final[Mapping[Verdict, str]] = {
    Verdict.RETRY: "Canvas reports an error of its own",
    Verdict.BAD_REQUEST: "Canvas does not accept the parameters of this request",
    Verdict.CONFIG: "the address redirects elsewhere instead of answering",
    Verdict.STOP: "Canvas answered in a way this program does not know",
}
_CONFIG_ADVICE: Final[Mapping[int, str]] = {
    403: f"ask those who run this Canvas to let {PRODUCT} in; it says who it is",
}
_NO_CANVAS: Final = "check that CANVAS_URL is the address of a Canvas, and the id"
_WEB_PAGE: Final = "check that CANVAS_URL is the address of a Canvas; if it is, try again later"


def failure(verdict: Verdict, *, reply: Reply, headers: Mapping[str, str]) -> CanvasError:
    """The error for any verdict but OK. Nothing of the body is quoted: it may name people."""
    kind = _REPLY_ERRORS[verdict]
    cause = _CAUSES.get((verdict, reply.status)) or _FALLBACK_CAUSES.get(verdict)
    if verdict is Verdict.STOP:
        cause = f"{cause}: {_shown(reply, headers)}"
    error = kind(status=reply.status, cause=cause, next_step=_next_step(verdict, reply))
    if isinstance(error, RetryableError):
        error.retry_after_s = retry_after_s(headers)
    return error


def _shown(reply: Reply, headers: Mapping[str, str]) -> str:
    """What can be said of an unknown answer without repeating any of it that names people."""
    media_type = reply.content_type.partition(";")[0].strip()
    kind = media_type if _MEDIA_TYPE.fullmatch(media_type) else "no known content type"
    request = context_id(headers)
    known = f", request {request} in Canvas's own log" if request else ""
    return f"HTTP {reply.status} with {kind}{known}"


def context_id(headers: Mapping[str, str]) -> str | None:
    """Canvas's own name for the request; None for what is no such name: others could write there
    what must not be logged."""
    name = headers.get("x-request-context-id", "")
    return name if _UUID.fullmatch(name) else None


_MEDIA_TYPE: Final = re.compile(r"[a-z]+/[a-z0-9.+-]{1,40}", re.IGNORECASE)
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def _next_step(verdict: Verdict, reply: Reply) -> str | None:
    if verdict is Verdict.CONFIG:
        return _CONFIG_ADVICE.get(
            reply.status, "set CANVAS_URL to the address a browser ends up at, with https://"
        )
    if verdict is Verdict.GONE and not reply.is_json:
        return _NO_CANVAS
    if verdict is Verdict.RETRY and reply.status == _OK:
        return _WEB_PAGE
    return _ADVICE.get(verdict)


def translated(error: Exception) -> CanvasError:
    """Our error for one of httpx, of TLS or of the total deadline. Raise it `from` the other."""
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return ConnectionLostError(cause="Canvas did not answer in time")
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return AnswerTimeoutError()
    if untrusted := untrusted_certificate(error):
        return untrusted
    if isinstance(error, httpx.ConnectError | httpx.ProxyError):
        return ConnectionLostError(cause="Canvas could not be reached")
    if isinstance(error, httpx.TransportError) and not isinstance(error, _OURS):
        return ConnectionLostError(cause="the connection to Canvas broke off")
    return ContractError(cause="a request to Canvas could not be made")


_OURS: Final = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)


@contextmanager
def located(*, source: str, path: str) -> Iterator[None]:
    """Whatever fails inside says for which source and course."""
    try:
        yield
    except CanvasError as error:
        error.source = error.source or source
        error.course = course_of(path) if error.course is None else error.course
        raise


def untrusted_certificate(error: BaseException | None) -> ConfigError | None:
    """The error to raise if a refused certificate is somewhere below this one."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return ConfigError(
                cause="the certificate of the Canvas address is not trusted",
                next_step="check the address; for an authority of your own set SSL_CERT_FILE",
            )
        error = error.__cause__ or error.__context__
    return None
