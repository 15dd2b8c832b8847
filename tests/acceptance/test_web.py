"""The web server answers as Django's own would, and ends when it is told to."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.acceptance.conftest import NOBODY, NewMirror
from tests.acceptance.driver import Mirror
from tests.web import Web, web_server


@pytest.fixture(scope="module")
def mirror(new_mirror: NewMirror) -> Mirror:
    return new_mirror(NOBODY)


@pytest.fixture(scope="module")
def web(mirror: Mirror, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    log = tmp_path_factory.mktemp("web") / "web.log"
    with web_server(log, **mirror.environment) as running:
        yield running


def get(web: Web, path: str, method: str = "GET", **options: object) -> httpx.Response:
    return httpx.request(method, f"{web.url}{path}", trust_env=False, **options)  # type: ignore[arg-type]


def test_it_serves_pages_json_redirects_forms_and_errors(mirror: Mirror, web: Web) -> None:
    assert get(web, "/healthz").text == "ok"
    assert get(web, "/status.json").json()["courses"] == []
    assert (get(web, "/healthz", "HEAD").status_code, get(web, "/healthz", "HEAD").text) == (
        200,
        "",
    )
    assert get(web, "/admin/").headers["location"] == "/admin/login/?next=/admin/"
    assert get(web, "/nothing/").status_code == 404
    form = get(web, "/admin/login/")
    token = form.cookies["csrftoken"]
    sent = {"username": "nobody", "password": "wrong", "csrfmiddlewaretoken": token}
    answer = get(web, "/admin/login/", "POST", data=sent, cookies={"csrftoken": token})
    assert (answer.status_code, "correct username" in answer.text) == (200, True)
    assert get(web, "/admin/login/", "POST", data=sent).status_code == 403
    assert get(web, "/admin/login/", "POST", content=b"x" * 3_000_000).status_code == 413
    assert "Traceback" not in web.said()


# The last one: it ends the server.
def test_a_process_of_it_that_dies_is_replaced_and_sigterm_ends_all(web: Web) -> None:
    [first] = web.workers()
    os.kill(first, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while True:
        try:
            assert get(web, "/healthz").text == "ok"
            break
        except httpx.TransportError:
            assert time.monotonic() < deadline, web.said()
            time.sleep(0.1)
    assert web.workers() != [first]
    web.process.send_signal(signal.SIGTERM)
    assert web.process.wait(20) == 0
    with pytest.raises(httpx.ConnectError):
        get(web, "/healthz")
