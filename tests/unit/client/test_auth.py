"""Who a request says it is."""

import tomllib
from pathlib import Path

import httpx
import pytest

from canvas.client import TokenAuth, parse_base_url, user_agent
from canvas.client.auth import VERSION
from canvas.errors import ConfigError, ContractError
from tests.unit.client.canned import BASE, TOKEN

ORIGIN = parse_base_url(BASE, allow_insecure=False)


def test_the_token_goes_to_its_origin() -> None:
    flow = TokenAuth(f" {TOKEN}\n", origin=ORIGIN).auth_flow(httpx.Request("GET", f"{BASE}/x"))
    assert next(flow).headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    "url", ["https://evil.com/x", "http://school.example.edu/x", f"{BASE}:8443/x"]
)
def test_no_request_leaves_for_another_origin(url: str) -> None:
    request = httpx.Request("GET", url)
    with pytest.raises(ContractError):
        next(TokenAuth(TOKEN, origin=ORIGIN).auth_flow(request))
    assert "authorization" not in request.headers


@pytest.mark.parametrize("token", ["", "  ", "two words", "line\nbreak", "tök", "a\x00b"])
def test_a_token_no_header_can_carry_is_refused_without_being_shown(token: str) -> None:
    with pytest.raises(ConfigError) as caught:
        TokenAuth(token, origin=ORIGIN)
    assert not token.strip() or token not in str(caught.value)


def test_its_repr_hides_the_token() -> None:
    assert TOKEN not in repr(TokenAuth(TOKEN, origin=ORIGIN))


def test_the_user_agent_names_the_product_and_whom_to_ask() -> None:
    assert user_agent("ops@school.edu") == f"canvas-mirror/{VERSION} (+ops@school.edu)"
    assert user_agent() == f"canvas-mirror/{VERSION}"


@pytest.mark.parametrize("contact", ["a\r\nX-Evil: 1", "a)b", "naïve"])
def test_a_contact_cannot_break_the_header(contact: str) -> None:
    with pytest.raises(ConfigError):
        user_agent(contact)


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["version"] == VERSION
