"""The body of a request, read under a bound whatever its headers say."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


class RefusedBodyError(Exception):
    """A body that is not read, or not to its end. `status` and `cause` are for the answer."""

    def __init__(self, status: int, cause: str) -> None:
        super().__init__(cause)
        self.status, self.cause = status, cause


def read_body(request: HttpRequest) -> bytes:
    """The whole body. Raises RefusedBodyError: compressed, too large, or broken off.

    A body without a length (chunked) is read as the server hands it over: Django itself takes it
    for empty. How long a body may take is the business of the server, see `management.front`.
    """
    most = settings.WEBHOOK_MAX_BODY_KIB * 1024
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise RefusedBodyError(415, "a compressed body is not taken")
    length = request.META.get("CONTENT_LENGTH", "")
    if length and (not length.isdecimal() or len(length) > 18):
        raise RefusedBodyError(400, "its length is no number")
    if length and int(length) > most:
        raise RefusedBodyError(413, f"a body of more than {most // 1024} KiB is not taken")
    try:
        body = request.read(most + 1) if length else _unmeasured(request, most + 1)
    except OSError as error:  # as Django's UnreadablePostError is
        raise RefusedBodyError(400, "the body broke off") from error
    if len(body) > most:
        raise RefusedBodyError(413, f"a body of more than {most // 1024} KiB is not taken")
    if length and len(body) < int(length):
        raise RefusedBodyError(400, "the body broke off")
    return body


def _unmeasured(request: HttpRequest, size: int) -> bytes:
    if not request.META.get("wsgi.input_terminated"):
        raise RefusedBodyError(411, "a body without a length is not taken")
    body: bytes = request.META["wsgi.input"].read(size)
    return body
