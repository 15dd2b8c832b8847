"""Whom a download asks, with what, and where it is led: storage never sees who asks."""

import httpx
import pytest

from canvas.client.bucket import Answered, Rejected
from canvas.client.download import MAX_REDIRECTS
from canvas.errors import (
    AccessRevokedError,
    CanvasDownError,
    CanvasError,
    ContractError,
    ForbiddenError,
    GoneError,
    ThrottledError,
)
from tests.unit.client.canned import BASE, TEXT, TOKEN, says
from tests.unit.client.fetching import FILE, PATH, STORAGE, Fetching, leads_to, whole


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_storage_is_asked_without_a_word_about_who_asks(status: int) -> None:
    fetching = Fetching(leads_to(STORAGE, status=status), leads_to(STORAGE), whole())
    await fetching()
    assert fetching.authorized == [True, False, False]
    for stranger in fetching.script.requests[1:]:
        assert str(stranger.url) == STORAGE
        assert stranger.method == "GET"
        assert not {"authorization", "cookie", "referer"} & set(stranger.headers)


async def test_the_token_is_not_added_again_when_a_redirect_leads_back() -> None:
    fetching = Fetching(leads_to(STORAGE), leads_to(f"{BASE}{PATH}"), whole())
    await fetching()
    assert fetching.authorized == [True, False, False]


async def test_a_redirect_may_be_relative_to_where_it_came_from() -> None:
    fetching = Fetching(leads_to(STORAGE), leads_to("/b?x=1"), whole())
    await fetching()
    assert str(fetching.script.requests[-1].url) == "https://storage.example.com/b?x=1"


@pytest.mark.parametrize(
    "location",
    [
        "http://storage.example.com/a",
        "https://user:pw@storage.example.com/a",
        "https://school.example.edu@evil.com/a",
        "https:\\\\evil.com",
        "file:///etc/passwd",
        "ftp://storage.example.com/a",
        "/api/v1/courses/7/student_view_student",
        "/files/7/download?as_user_id=9",
    ],
)
async def test_a_redirect_that_no_stranger_may_follow_is_not_followed(location: str) -> None:
    fetching = Fetching(lambda _: httpx.Response(302, headers=[("location", location)]), whole())
    with pytest.raises(ContractError):
        await fetching()
    assert len(fetching.script.requests) == 1


@pytest.mark.parametrize(
    "location", ["https://sto\trage.example.com/", "https://ｓtorage.example.com"]
)
async def test_a_redirect_that_is_no_address_is_not_followed(location: str) -> None:
    headers = [(b"location", location.encode())]
    fetching = Fetching(lambda _: httpx.Response(302, headers=headers), whole())
    with pytest.raises(CanvasError):
        await fetching()
    assert len(fetching.script.requests) == 1


async def test_a_redirect_needs_exactly_one_location() -> None:
    for step in (leads_to(), leads_to(STORAGE, STORAGE)):
        with pytest.raises(ContractError, match="nowhere"):
            await Fetching(step)()


async def test_http_is_followed_only_with_permission() -> None:
    plain = STORAGE.replace("https", "http")
    fetching = Fetching(leads_to(plain), whole(), allow_insecure=True)
    await fetching()
    assert fetching.authorized == [True, False]


async def test_a_login_page_is_not_taken_for_the_file() -> None:
    with pytest.raises(ForbiddenError, match="login"):
        await Fetching(leads_to(f"{BASE}/login/canvas"))()


async def test_five_redirects_are_followed_and_no_more() -> None:
    hops = [leads_to(STORAGE)] * MAX_REDIRECTS
    assert (await Fetching(*hops, whole())()).bytes == len(FILE)
    endless = Fetching(leads_to(STORAGE))
    with pytest.raises(ContractError, match="more than 5"):
        await endless()
    assert len(endless.script.requests) == 1 + MAX_REDIRECTS


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("", ForbiddenError),
        (STORAGE, ContractError),
        ("//evil.com/files/7/download", ContractError),
        ("/api/v1/courses/7/pages/welcome", ContractError),
        ("/files/7/download?access_token=x", ContractError),
    ],
)
async def test_the_first_address_is_a_file_of_our_canvas(
    address: str, kind: type[CanvasError]
) -> None:
    fetching = Fetching(whole())
    with pytest.raises(kind):
        await fetching(address)
    assert fetching.script.requests == []


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, ForbiddenError),
        (403, ForbiddenError),
        (404, GoneError),
        (429, CanvasDownError),
        (503, CanvasDownError),
        (204, ContractError),
        (206, ContractError),
        (418, ContractError),
    ],
)
async def test_a_refusal_of_storage_is_no_refusal_of_the_token(
    status: int, kind: type[CanvasError]
) -> None:
    fetching = Fetching(leads_to(STORAGE), says(status=status, headers={"www-authenticate": "x"}))
    with pytest.raises(kind) as caught:
        await fetching()
    assert type(caught.value) is kind
    assert "canary-signature" not in str(caught.value)
    assert fetching.tokens.renewed == fetching.tokens.given_up == 0


async def test_the_budget_is_told_what_canvas_said() -> None:
    quota = {"x-rate-limit-remaining": "512.5", "x-request-cost": "0.25"}
    fetching = Fetching(whole(**{name.replace("-", "_"): text for name, text in quota.items()}))
    await fetching()
    assert fetching.budget.slots[0].outcome == Answered(remaining=512.5, cost=0.25)


async def test_a_throttle_is_told_to_the_budget_and_raised() -> None:
    full = says("429 (Rate Limit Exceeded)", status=429, content_type=TEXT)
    fetching = Fetching(full)
    with pytest.raises(ThrottledError):
        await fetching()
    assert isinstance(fetching.budget.slots[0].outcome, Rejected)


REFUSED = says("{}", status=401, headers={"www-authenticate": "Bearer"})


async def test_a_refused_token_is_renewed_once() -> None:
    fetching = Fetching(REFUSED, whole())
    await fetching()
    sent = [request.headers["authorization"] for request in fetching.script.requests]
    assert sent == [f"Bearer {TOKEN}", "Bearer second-token"]


async def test_a_token_refused_twice_is_given_up_once() -> None:
    fetching = Fetching(REFUSED)
    with pytest.raises(AccessRevokedError):
        await fetching()
    assert (fetching.tokens.renewed, fetching.tokens.given_up) == (1, 1)
    assert fetching.kept == b""
