"""A credential that is refused: another one once, and then no storm."""

import asyncio

import httpx
import pytest

from canvas.client import CanvasClient, LocalBudget
from canvas.client.auth import Token
from canvas.errors import AccessRevokedError, CanvasDownError, ForbiddenError
from tests.unit.client.canned import BASE, COURSES, Clock, Script, page, says

REFUSED = says(
    '{"errors":[{"message":"Invalid access token."}]}',
    status=401,
    headers={"www-authenticate": 'Bearer realm="canvas-lms"'},
)


class Tokens:
    """Hands out `t0`, and after each refusal the next one, as long as there are any."""

    identity = "tests"

    def __init__(self, renewals: int = 1, *, trouble: Exception | None = None) -> None:
        self.at, self.left, self.trouble = 0, renewals, trouble
        self.asked_for_another = self.told = 0
        self.told_of, self.known_to_be_refused = "", False

    async def current(self) -> Token:
        if self.known_to_be_refused:
            raise AccessRevokedError
        return Token(value=f"t{self.at}")

    async def renew(self, refused: Token) -> Token:
        self.asked_for_another += 1
        if self.trouble:
            raise self.trouble
        if not self.left:
            raise AccessRevokedError
        if refused.value == f"t{self.at}":
            self.at, self.left = self.at + 1, self.left - 1
        return await self.current()

    async def refused(self, token: Token) -> None:
        self.told += 1
        self.told_of = token.value


def accepts(*tokens: str) -> Script:
    good = {f"Bearer {token}" for token in tokens}
    answer = page({"id": 1})
    return Script(lambda r: (answer if r.headers["authorization"] in good else REFUSED)(r))


def client_with(tokens: Tokens, script: Script) -> CanvasClient:
    clock = Clock()
    return CanvasClient(
        BASE,
        token=tokens,
        budget=LocalBudget(clock=clock, sleep=clock.sleep),
        transport=httpx.MockTransport(script),
        sleep=clock.sleep,
        clock=clock,
    )


def sent(script: Script) -> list[str]:
    return [r.headers["authorization"].removeprefix("Bearer ") for r in script.requests]


async def test_a_refused_token_is_replaced_and_the_request_sent_once_more() -> None:
    tokens, script = Tokens(), accepts("t1")
    async with client_with(tokens, script) as client:
        assert len((await client.fetch(COURSES, source="x")).records) == 1
        await client.fetch(COURSES, source="x")
    assert sent(script) == ["t0", "t1", "t1"]
    assert (client.stats.renewals, tokens.told) == (1, 0)


async def test_a_second_refusal_is_final() -> None:
    tokens, script = Tokens(renewals=5), accepts()
    async with client_with(tokens, script) as client:
        with pytest.raises(AccessRevokedError) as caught:
            await client.fetch(COURSES, source="x")
    assert sent(script) == ["t0", "t1"]
    assert tokens.told_of == "t1"
    assert (caught.value.status, caught.value.source, tokens.told) == (401, "x", 1)


async def test_after_a_final_refusal_nothing_is_asked_any_more() -> None:
    tokens, script = Tokens(renewals=0), accepts()
    async with client_with(tokens, script) as client:
        for source in ("x", "y", "z"):
            with pytest.raises(AccessRevokedError) as caught:
                await client.fetch(COURSES, source=source)
            assert caught.value.source == source
    assert (sent(script), tokens.told) == (["t0"], 1)


async def test_a_credential_known_to_be_refused_is_not_renewed() -> None:
    tokens, script = Tokens(), accepts("t0")
    tokens.known_to_be_refused = True
    async with client_with(tokens, script) as client:
        with pytest.raises(AccessRevokedError):
            await client.fetch(COURSES, source="x")
    assert (len(script.requests), tokens.asked_for_another, tokens.told) == (0, 0, 0)


async def test_many_requests_refused_together_tell_it_once() -> None:
    tokens, script = Tokens(renewals=0), accepts()
    async with client_with(tokens, script) as client:
        calls = [client.fetch(COURSES, source="x") for _ in range(20)]
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {AccessRevokedError}
    assert tokens.told == 1
    assert len(script.requests) <= 4


async def test_many_requests_refused_together_all_go_on_with_the_new_token() -> None:
    tokens, script = Tokens(), accepts("t1")
    async with client_with(tokens, script) as client:
        pages = await asyncio.gather(*(client.fetch(COURSES, source="x") for _ in range(20)))
    assert len(pages) == 20
    assert (tokens.at, tokens.told) == (1, 0)


async def test_a_missing_permission_never_renews() -> None:
    tokens, script = Tokens(), Script(says(b"{}", status=401))
    async with client_with(tokens, script) as client:
        with pytest.raises(ForbiddenError):
            await client.fetch(COURSES, source="x")
    assert (tokens.asked_for_another, len(script.requests)) == (0, 1)


async def test_a_renewal_that_fails_for_now_is_no_refusal() -> None:
    tokens, script = Tokens(trouble=CanvasDownError(status=503)), accepts("t1")
    async with client_with(tokens, script) as client:
        with pytest.raises(CanvasDownError):
            await client.fetch(COURSES, source="x")
        tokens.trouble = None
        await client.fetch(COURSES, source="x")
    assert tokens.told == 0
