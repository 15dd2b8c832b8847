import sys
from collections.abc import Callable

import pytest
from django.http import HttpRequest, QueryDict
from django.test import RequestFactory
from django.views.debug import technical_500_response
from pytest_django.fixtures import Settings

CANARY = "7~" + "c" * 64


def fails(token: str) -> None:
    headers = {"note": token}
    raise ValueError(len(headers))


def page(request: HttpRequest) -> str:
    try:
        fails(CANARY)
    except ValueError:
        return technical_500_response(request, *sys.exc_info()).content.decode()
    raise AssertionError


def posted(factory: RequestFactory) -> HttpRequest:
    request = factory.post("/x")
    request.POST = QueryDict(f"note={CANARY}")
    return request


def with_meta(factory: RequestFactory, **environment: str) -> HttpRequest:
    """As the development server has it: with the environment of the process."""
    request = factory.get("/x")
    request.META |= environment
    return request


REQUESTS: dict[str, Callable[[RequestFactory], HttpRequest]] = {
    "locals": lambda factory: factory.get("/x"),
    "form": posted,
    "header": lambda factory: factory.get("/x", headers={"Authorization": f"Bearer {CANARY}"}),
    "cookie": lambda factory: factory.get("/x", headers={"Cookie": f"sessionid={CANARY}"}),
    "environment": lambda factory: with_meta(factory, CANVAS_CLIENT_SECRET=CANARY),
    "address": lambda factory: with_meta(factory, DATABASE_URL=f"postgres://u:{CANARY}@h"),
    "text": lambda factory: factory.get("/x", headers={"Accept": "text/plain"}),
}


@pytest.mark.parametrize("case", REQUESTS)
def test_the_page_of_an_error_shows_no_value(
    rf: RequestFactory, settings: Settings, case: str
) -> None:
    settings.DEBUG = True
    settings.CANVAS_TOKEN = CANARY
    shown = page(REQUESTS[case](rf))
    assert "ValueError" in shown
    assert CANARY not in shown


def test_it_still_shows_the_names_of_variables(rf: RequestFactory, settings: Settings) -> None:
    settings.DEBUG = True
    assert "<td>headers</td>" in page(rf.get("/x"))
