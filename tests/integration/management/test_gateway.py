"""A request as the server has it becomes the one that Django knows, and its answer goes back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse, StreamingHttpResponse

from management.gateway import Application, answer_of, environ_of

pytestmark = pytest.mark.django_db  # at the end of a request Django looks at its connections


@dataclass(slots=True)
class Headers:
    pairs: list[tuple[str, str]]

    def items(self) -> list[tuple[str, str]]:
        return self.pairs


@dataclass(slots=True, kw_only=True)
class Scope:
    """What granian hands over."""

    http_version: str = "1.1"
    server: str = "127.0.0.1:8000"
    client: str = "192.0.2.7:54321"
    scheme: str = "http"
    method: str = "POST"
    path: str = "/courses/zürich/"
    query_string: str = "a=b%20c"
    headers: Any = field(default_factory=lambda: Headers([]))


def request_of(body: bytes = b"", *headers: tuple[str, str], **scope: Any) -> WSGIRequest:
    return WSGIRequest(environ_of(Scope(headers=Headers(list(headers)), **scope), body))  # type: ignore[arg-type]


def test_django_sees_the_request_as_it_was_sent() -> None:
    body = b"name=value"
    form = ("content-type", "application/x-www-form-urlencoded")
    request = request_of(body, form, ("content-length", "10"), ("x-forwarded-proto", "https"))
    assert (request.method, request.path, request.GET["a"]) == ("POST", "/courses/zürich/", "b c")
    assert request.POST["name"] == "value"
    assert request.META["REMOTE_ADDR"] == "192.0.2.7"
    assert (request.META["SERVER_NAME"], request.META["SERVER_PORT"]) == ("127.0.0.1", "8000")
    assert request.headers["X-Forwarded-Proto"] == "https"


def test_addresses_of_the_new_kind_are_taken_apart_too() -> None:
    request = request_of(server="[::1]:8000", client="[2001:db8::1]:54321")
    assert (request.META["REMOTE_ADDR"], request.META["SERVER_NAME"]) == ("2001:db8::1", "::1")


def test_a_body_that_came_in_chunks_has_a_length() -> None:
    request = request_of(b"0123456789", ("transfer-encoding", "chunked"))
    assert request.body == b"0123456789"


def test_a_header_with_an_underscore_does_not_pass_for_another() -> None:
    request = request_of(b"", ("x_forwarded_proto", "https"))
    assert "HTTP_X_FORWARDED_PROTO" not in request.META


def test_headers_that_come_twice_are_one() -> None:
    twice = (("cookie", "a=1"), ("cookie", "b=2"), ("x-a", "1"), ("x-a", "2"))
    request = request_of(b"", *twice)
    assert request.COOKIES == {"a": "1", "b": "2"}
    assert request.headers["X-A"] == "1,2"


def test_no_variable_of_the_process_is_in_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANVAS_TOKEN", "canary")
    assert "canary" not in map(str, request_of().META.values())


def application_of(response: Any) -> Application:
    def application(_environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        start(f"{response.status_code} Reason", list(response.items()))
        answered: Iterable[bytes] = response
        return answered

    return application


def test_an_answer_is_whole_and_closed() -> None:
    closed: list[bool] = []
    response = HttpResponse(b"text", status=201, headers={"X-A": "b"})
    response._resource_closers.append(lambda: closed.append(True))
    answer = answer_of(application_of(response), {})
    assert (answer.status, answer.body, answer.parts) == (201, b"text", None)
    assert ("X-A", "b") in answer.headers
    assert closed == [True]


def test_a_stream_is_taken_part_by_part_and_closed_at_the_end() -> None:
    made: list[int] = []

    def parts() -> Iterator[bytes]:
        for number in range(3):
            made.append(number)
            yield b"" if number == 1 else b"%d" % number

    response = StreamingHttpResponse(parts())
    answer = answer_of(application_of(response), {})
    assert (answer.next_part(), made) == (b"0", [0])
    assert (answer.next_part(), answer.next_part(), made) == (b"2", b"", [0, 1, 2])
    answer.close()
    assert response.closed
