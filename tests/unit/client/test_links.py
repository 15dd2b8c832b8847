"""The Link header, as Canvas writes it and as proxies rewrite it."""

import httpx
import pytest

from canvas.client.links import admitted_next, next_url, proves_end
from canvas.client.origin import parse_base_url
from canvas.errors import ContractError
from tests.unit.client.canned import BASE

NEXT = f"{BASE}/api/v1/courses?page=bookmark:WyJh&per_page=100"
READABLE = {
    "as Canvas writes it": f'<{BASE}/1>; rel="current",<{NEXT}>; rel="next",<{BASE}>; rel="first"',
    "spaces": f' < {NEXT} > ; rel = "next" ',
    "no quotes": f"<{NEXT}>;rel=next",
    "capital letters": f'<{NEXT}>; REL="Next"',
    "several relations": f'<{NEXT}>; rel="last next"',
    "other parameters": f'<{NEXT}>; title="a, b; c=\\"d\\""; rel="next"; type="x/y"',
    "twice the same": f'<{NEXT}>; rel="next", <{NEXT}>; rel="next"',
    "empty elements": f', ,<{NEXT}>; rel="next",',
}


@pytest.mark.parametrize("form", READABLE)
def test_the_next_link_is_found_in_any_legal_form(form: str) -> None:
    assert next_url({"link": READABLE[form]}) == NEXT


def test_a_comma_inside_an_address_does_not_end_it() -> None:
    assert next_url({"link": f'<{BASE}/x?ids=1,2;3>; rel="next"'}) == f"{BASE}/x?ids=1,2;3"


@pytest.mark.parametrize(
    "header", ["", f'<{NEXT}>; rel="last"', f'<{NEXT}>; rel="nextish"', f"<{NEXT}>"]
)
def test_a_header_without_next_ends_the_walk(header: str) -> None:
    assert next_url({"link": header}) is None


@pytest.mark.parametrize(
    "header",
    ["nonsense", f'<{NEXT}; rel="next"', f'<{BASE}/1>; rel="next", <{BASE}/2>; rel="next"'],
)
def test_an_unreadable_header_is_an_error_and_not_the_last_page(header: str) -> None:
    with pytest.raises(ContractError):
        next_url({"link": header})


def test_the_header_name_may_be_written_in_any_case() -> None:
    assert next_url(httpx.Headers({"LINK": f'<{NEXT}>; rel="next"'})) == NEXT


def test_a_relative_link_is_read_from_the_page_it_was_on() -> None:
    origin = parse_base_url(BASE, allow_insecure=False)
    headers = {"link": '</api/v1/courses?page=2>; rel="next"'}
    found = admitted_next(headers, origin=origin, seen_on=httpx.URL(f"{BASE}/api/v1/courses"))
    assert found == f"{BASE}/api/v1/courses?page=2"


@pytest.mark.parametrize(
    ("header", "proven"),
    [
        (f'<{BASE}/x?page=bookmark:1>; rel="current",<{BASE}/x>; rel="first"', True),
        (f'<{BASE}/x?page=3>; rel="current",<{BASE}/x?page=3>; rel="last"', True),
        (f'<{BASE}/x?page=2>; rel="current",<{BASE}/x?page=3>; rel="last"', False),
        (f'<{BASE}/x?page=3>; rel="last"', False),
        (f'<{BASE}/x?page=1>; rel="current",<{NEXT}>; rel="next"', False),
        ("", False),
    ],
)
def test_only_links_that_agree_prove_the_last_page(header: str, proven: bool) -> None:
    assert proves_end({"link": header}) is proven
