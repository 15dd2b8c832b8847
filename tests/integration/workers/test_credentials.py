"""Which credential an integration is read with."""

from __future__ import annotations

import pytest
from pytest_django.fixtures import Settings

from canvas.client.auth import FixedToken
from canvas.client.origin import parse_base_url
from canvas.errors import ConfigError
from canvas.models import CanvasIntegration
from workers.credentials import token_source_for
from workers.stored_grant import StoredGrant

SCHOOL = "https://school.example.edu"


@pytest.fixture
def integration(db: None) -> CanvasIntegration:
    made = CanvasIntegration(name="school", base_url=SCHOOL)
    made.set_token("stored-token")
    made.save()
    return made


async def used(integration: CanvasIntegration) -> str:
    return (await token_source_for(integration).current()).value


async def test_a_stored_token_is_used(integration: CanvasIntegration) -> None:
    assert await used(integration) == "stored-token"


@pytest.mark.parametrize("url", [SCHOOL, f"{SCHOOL}:443/", "HTTPS://School.Example.EDU"])
async def test_the_environment_goes_before_what_is_stored(
    integration: CanvasIntegration, settings: Settings, url: str
) -> None:
    settings.CANVAS_URL, settings.CANVAS_TOKEN = url, "given-token"
    assert await used(integration) == "given-token"


async def test_the_environment_goes_before_a_developer_key(
    integration: CanvasIntegration, settings: Settings
) -> None:
    settings.CANVAS_URL, settings.CANVAS_TOKEN = SCHOOL, "given-token"
    integration = await _keyed(integration)
    assert await used(integration) == "given-token"


@pytest.mark.parametrize("url", ["", "https://college.example.edu", f"{SCHOOL}:8443"])
async def test_the_token_of_another_canvas_is_not_used(
    integration: CanvasIntegration, settings: Settings, url: str
) -> None:
    settings.CANVAS_URL, settings.CANVAS_TOKEN = url, "given-token"
    assert await used(integration) == "stored-token"


async def test_a_developer_key_is_used_with_what_it_was_granted(
    integration: CanvasIntegration,
) -> None:
    integration = await _keyed(integration)
    assert isinstance(token_source_for(integration), StoredGrant)
    assert await used(integration) == "granted-token"


async def _keyed(integration: CanvasIntegration) -> CanvasIntegration:
    integration.set_grant(
        client_id="1", client_secret="s", access_token="granted-token", refresh_token="r"
    )
    await integration.asave()
    return integration


def test_no_credential_at_all_is_said_with_the_next_step(db: None) -> None:
    bare = CanvasIntegration(name="bare", base_url=SCHOOL)
    with pytest.raises(ConfigError, match="no access token is stored") as caught:
        token_source_for(bare)
    assert f"manage.py connect bare --url {SCHOOL}" in caught.value.next_step


def test_the_identity_is_that_of_the_token_wherever_it_comes_from(
    integration: CanvasIntegration, settings: Settings
) -> None:
    stored = token_source_for(integration).identity
    settings.CANVAS_URL, settings.CANVAS_TOKEN = SCHOOL, "stored-token"
    assert token_source_for(integration).identity == stored
    origin = parse_base_url(SCHOOL, allow_insecure=False)
    assert stored == FixedToken("stored-token", origin=origin).identity


def test_two_integrations_with_a_key_each_have_an_identity(
    integration: CanvasIntegration,
) -> None:
    other = CanvasIntegration(name="other", base_url=SCHOOL)
    for one in (integration, other):
        one.set_grant(client_id="1", client_secret="s", access_token="t", refresh_token="r")
    assert token_source_for(integration).identity != token_source_for(other).identity


def test_no_source_shows_its_secret(integration: CanvasIntegration) -> None:
    source = token_source_for(integration)
    assert "stored-token" not in f"{source!r} {source.identity}"
