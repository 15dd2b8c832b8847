"""A credential that Canvas refuses: said once, remembered, and not sent again."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async
from pytest_django.fixtures import Settings

from canvas.client.auth import Token, TokenSource
from canvas.errors import AccessRevokedError
from canvas.models import CanvasIntegration
from canvas.models.integration import PauseReason
from tests.integration.workers.keyed import Keyed, paused_lines, together
from workers import claims
from workers.credentials import token_source_for

pytestmark = pytest.mark.django_db(transaction=True)
SCHOOL = "https://school.example.edu"


@pytest.fixture
def by_hand(db: None) -> CanvasIntegration:
    integration = CanvasIntegration(name="south", base_url=SCHOOL)
    integration.set_token("stored-token")
    integration.save()
    return integration


async def given_up(source: TokenSource) -> None:
    """As a client does whose request was refused."""
    token = await source.current()
    with pytest.raises(AccessRevokedError):
        await source.renew(token)
    await source.refused(token)


async def test_a_refresh_token_nobody_knows_pauses_the_integration(school: Keyed) -> None:
    school.oauth.revoke()
    await given_up(school.source())
    row = await CanvasIntegration.objects.aget()
    assert (row.pause_reason, row.refresh_claim) == (PauseReason.GRANT_REFUSED, None)
    assert row.paused_at is not None
    assert row.read_refresh_token() == school.agreed.refresh_token


async def test_a_wrong_client_secret_is_told_from_a_wrong_refresh_token(school: Keyed) -> None:
    school.oauth.keys.clear()
    await given_up(school.source())
    row = await CanvasIntegration.objects.aget()
    assert row.pause_reason == PauseReason.KEY_REFUSED


async def test_a_token_that_is_refused_after_its_refresh_pauses(school: Keyed) -> None:
    source = school.source()
    await source.refused(await source.renew(await source.current()))
    row = await CanvasIntegration.objects.aget()
    assert row.pause_reason == PauseReason.TOKEN_REFUSED


async def test_a_token_that_was_replaced_meanwhile_pauses_nothing(school: Keyed) -> None:
    source = school.source()
    token = await source.current()
    await school.source().renew(token)
    await source.refused(token)
    assert (await CanvasIntegration.objects.aget()).paused_at is None


async def test_paused_it_asks_nothing_of_canvas(school: Keyed) -> None:
    school.oauth.revoke()
    await given_up(school.source())
    before = len(school.canvas.requests)
    for _ in range(3):
        with pytest.raises(AccessRevokedError, match="integration north is paused since") as caught:
            await school.source().current()
    assert "--client-id" in caught.value.next_step
    assert len(school.canvas.requests) == before


async def test_eight_processes_that_are_refused_say_so_once(
    school: Keyed, caplog: pytest.LogCaptureFixture
) -> None:
    school.oauth.revoke()
    sources = [school.source() for _ in range(8)]
    for source in sources:
        await source.current()
    dead = Token(value=school.agreed.access_token)
    found = await together(lambda: sources.pop().renew(dead), times=8)
    assert {type(one) for one in found} == {AccessRevokedError}
    assert (school.asked, paused_lines(caplog.text)) == (1, 1)


async def test_who_looked_before_the_pause_does_not_refresh_after_it(school: Keyed) -> None:
    late = await claims.look(school.integration.pk)
    school.oauth.revoke()
    source = school.source()
    await given_up(source)
    assert await claims.take(late.row, identity=source.identity, term_s=60) is None


async def test_another_credential_ends_the_pause(school: Keyed, settings: Settings) -> None:
    settings.CANVAS_ALLOW_INSECURE = True
    school.oauth.revoke()
    await given_up(school.source())
    row = await CanvasIntegration.objects.aget()
    row.set_token("by-hand")
    await row.asave()
    assert await token_source_for(row).current() == Token(value="by-hand")
    assert (row.paused_at, row.client_id, row.read_refresh_token()) == (None, "", None)


async def test_a_token_made_by_hand_pauses_as_well(
    by_hand: CanvasIntegration, caplog: pytest.LogCaptureFixture
) -> None:
    await given_up(token_source_for(by_hand))
    with pytest.raises(AccessRevokedError, match="connect south") as caught:
        await token_source_for(by_hand).current()
    assert "--client-id" not in caught.value.next_step
    assert paused_lines(caplog.text) == 1
    assert "stored-token" not in caplog.text


async def test_a_token_stored_meanwhile_is_not_paused_with_the_old_one(
    by_hand: CanvasIntegration,
) -> None:
    source = token_source_for(by_hand)
    token = await source.current()
    by_hand.set_token("newer-token")
    await by_hand.asave()
    await source.refused(token)
    assert await token_source_for(by_hand).current() == Token(value="newer-token")


async def test_a_token_of_the_environment_is_paused_for_itself_alone(
    by_hand: CanvasIntegration, settings: Settings
) -> None:
    settings.CANVAS_URL, settings.CANVAS_TOKEN = SCHOOL, "given-token"
    await given_up(token_source_for(by_hand))
    with pytest.raises(AccessRevokedError, match="paused"):
        await token_source_for(by_hand).current()
    settings.CANVAS_TOKEN = "another-token"
    assert (await token_source_for(by_hand).current()).value == "another-token"
    settings.CANVAS_URL = ""
    assert (await token_source_for(by_hand).current()).value == "stored-token"


async def test_an_integration_that_is_not_stored_cannot_be_paused(
    db: None, settings: Settings
) -> None:
    settings.CANVAS_URL, settings.CANVAS_TOKEN = SCHOOL, "given-token"
    source = token_source_for(CanvasIntegration(name="new", base_url=SCHOOL))
    await given_up(source)
    assert await source.current() == Token(value="given-token")
    assert await sync_to_async(CanvasIntegration.objects.count)() == 0
