"""Where a token comes from, and what of it may be seen."""

import pytest

from canvas.client.auth import FixedToken, Token, identity_of
from canvas.client.origin import parse_base_url
from canvas.errors import AccessRevokedError, ConfigError
from tests.unit.client.canned import BASE, TOKEN

ORIGIN = parse_base_url(BASE, allow_insecure=False)
ELSEWHERE = parse_base_url("https://college.example.edu", allow_insecure=False)


async def test_a_fixed_token_is_always_the_same() -> None:
    source = FixedToken(f" {TOKEN}\n", origin=ORIGIN)
    assert [await source.current(), await source.current()] == [Token(value=TOKEN)] * 2


async def test_a_fixed_token_cannot_be_renewed() -> None:
    source = FixedToken(TOKEN, origin=ORIGIN)
    with pytest.raises(AccessRevokedError):
        await source.renew(await source.current())
    await source.refused(await source.current())


def test_what_is_no_token_makes_no_source() -> None:
    with pytest.raises(ConfigError):
        FixedToken("two words", origin=ORIGIN)


async def test_nothing_of_it_is_shown() -> None:
    source = FixedToken(TOKEN, origin=ORIGIN)
    shown = f"{source!r} {source} {await source.current()!r} {source.identity}"
    assert TOKEN not in shown
    assert TOKEN[:8] not in shown


def test_its_identity_names_the_canvas_and_the_token() -> None:
    sources = [
        FixedToken(TOKEN, origin=ORIGIN),
        FixedToken(f"{TOKEN}x", origin=ORIGIN),
        FixedToken(TOKEN, origin=ELSEWHERE),
    ]
    assert len({source.identity for source in sources}) == 3
    assert sources[0].identity == identity_of(ORIGIN, secret=TOKEN)
