import pytest
from django.test import Client
from pytest_django.fixtures import Settings


@pytest.fixture
def behind_tls(settings: Settings) -> Client:
    settings.SECURE_SSL_REDIRECT = True
    return Client()


def test_the_health_page_answers_machines_without_tls(behind_tls: Client) -> None:
    answer = behind_tls.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok")


def test_other_pages_ask_for_tls(behind_tls: Client) -> None:
    assert behind_tls.get("/admin/").status_code == 301


def test_a_proxy_says_that_a_request_came_over_tls(behind_tls: Client) -> None:
    answer = behind_tls.get("/healthz-not", headers={"X-Forwarded-Proto": "https"})
    assert answer.status_code == 404
