"""Which addresses an operator may give, and where a link may lead."""

import httpx
import pytest

from canvas.client import parse_base_url
from canvas.errors import ConfigError, ContractError
from tests.unit.client.canned import BASE

SCHOOL = parse_base_url(BASE, allow_insecure=False)
FOREIGN = [
    "https://evil.example.com/api/v1/courses",
    "https://school.example.edu.evil.com/",
    "https://school.example.edu@evil.com/",
    "https://user:pw@school.example.edu/",
    "https://school.example.edu:8443/",
    "https://school.example.edu\\@evil.com/",
    "https://evil.com\\.school.example.edu/",
    "//evil.com/api/v1/courses",
    "http://school.example.edu:8080/",
    "http://evil.com/",
    "ftp://school.example.edu/",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "https://school.example.edu.:443/",
    "https://[::1]/",
]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("https://school.example.edu", BASE),
        (" HTTPS://School.Example.EDU:443/ ", BASE),
        ("https://school.example.edu.", BASE),
        ("https://école.example.edu", "https://xn--cole-9oa.example.edu"),
        ("https://school.example.edu:8443", "https://school.example.edu:8443"),
        ("https://203.0.113.7.example.edu", "https://203.0.113.7.example.edu"),
    ],
)
def test_an_address_is_brought_to_one_form(typed: str, meant: str) -> None:
    assert str(parse_base_url(typed, allow_insecure=False)) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "school.example.edu",
        "",
        "https://",
        "ftp://school.example.edu",
        "https://user:secretpw@school.example.edu",
        "https://school.example.edu/api/v1",
        "https://school.example.edu?access_token=secretpw",
        "https://school.example.edu#x",
        "https://school.example.edu:port",
        "https://sch ool.example.edu",
    ],
)
def test_an_address_that_cannot_be_meant_is_refused_with_the_next_step(typed: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_base_url(typed, allow_insecure=True)
    assert "https://" in caught.value.next_step
    assert "secretpw" not in str(caught.value)


@pytest.mark.parametrize(
    "typed",
    [
        "http://school.example.edu",
        "https://localhost:3000",
        "https://canvas",
        "https://127.0.0.1",
        "https://127.1",
        "https://2130706433",
        "https://0x7f000001",
        "https://10.0.0.5",
        "https://169.254.169.254",
        "https://[::1]",
        "https://[::ffff:127.0.0.1]",
        "https://[fd00::1]",
        "https://canvas.internal",
    ],
)
def test_an_insecure_address_needs_permission(typed: str) -> None:
    with pytest.raises(ConfigError, match="CANVAS_ALLOW_INSECURE"):
        parse_base_url(typed, allow_insecure=False)
    assert parse_base_url(typed, allow_insecure=True)


@pytest.mark.parametrize("link", FOREIGN)
def test_a_link_that_leads_elsewhere_is_never_followed(link: str) -> None:
    with pytest.raises(ContractError):
        SCHOOL.admit(link, seen_on=httpx.URL(BASE))
    assert not SCHOOL.same_origin(link)


def test_a_link_to_our_host_by_http_is_lifted_to_https() -> None:
    assert SCHOOL.admit("http://school.example.edu/x?page=2") == f"{BASE}/x?page=2"


def test_a_link_is_never_lowered_to_http() -> None:
    plain = parse_base_url("http://10.0.0.5", allow_insecure=True)
    with pytest.raises(ContractError):
        plain.admit("https://10.0.0.5/x")


def test_a_path_cannot_smuggle_in_a_host() -> None:
    with pytest.raises(ValueError, match="absolute path"):
        SCHOOL.url("//evil.com/x")


def test_an_address_with_a_port_keeps_it_in_brackets_and_all() -> None:
    assert str(parse_base_url("http://[::1]:3000", allow_insecure=True)) == "http://[::1]:3000"
