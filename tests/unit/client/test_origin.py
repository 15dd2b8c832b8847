"""Which addresses an operator may give, and where a link may lead."""

from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    "https://[fe80::1%25eth0]/",
    "https://[::ffff:203.0.113.7]/",
    "https://school.example.edu:0/",
    "https://school.example.edu:65979/",  # 443 in sixteen bits
    "https://school.example.edu:443:80/",
    "https://school%2eexample.edu/",
    "https://school.example.edu%00.evil.com/",
    "https://school.example.edu%40evil.com/",
    "https://school.example.edu%2f@evil.com/",
    "https://school.example.edu:443@evil.com/",
    "https://school.example.edu;@evil.com/",
    "https://school.example.edu\t.evil.com/",
    "https://school.example.edu\r\nHost: evil.com/",
    "https://sch\u00f6ol.example.edu/",
    "https://\u0455chool.example.edu/",  # a Cyrillic s
    "https://\uff53chool.example.edu/",  # a fullwidth s
    "https://school.example.edu\u2044evil.com/",  # a fraction slash
    "https://xn--chool-r4d.example.edu/",
    "https:\\\\evil.com\\x",
    "\\\\evil.com\\x",
    "/\\evil.com/x",
    "http://school.example.edu:443@evil.com/",
    "ws://school.example.edu/",
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
        ("https://ÉCOLE.example.edu.", "https://xn--cole-9oa.example.edu"),
        ("https://xn--cole-9oa.example.edu", "https://xn--cole-9oa.example.edu"),
        ("https://school\u3002example\u3002edu", BASE),
        ("https://[2606:4700:0::0001]:443", "https://[2606:4700::1]"),
        ("https://8.8.8.8", "https://8.8.8.8"),
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
        "https://school%2eexample.edu",
        "https://school..example.edu",
        "https://.example.edu",
        "https://school.example.edu..",
        "https://-school.example.edu",
        f"https://{'a' * 64}.example.edu",
        f"https://{'a.' * 127}example.edu",
        "https://school.example.edu:0",
        "https://school.example.edu:65536",
        "https://school.example.edu\\@evil.com",
        "https://[fe80::1%25eth0]",
        "https://[::1",
        "https://school.example.edu\n.evil.com",
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
        "https://100.64.0.1",
        "https://[fe80::1]",
        "https://[64:ff9b::7f00:1]",
        "https://[2002:7f00:1::]",
        "https://localhost.",
    ],
)
def test_an_insecure_address_needs_permission(typed: str) -> None:
    with pytest.raises(ConfigError, match="CANVAS_ALLOW_INSECURE"):
        parse_base_url(typed, allow_insecure=False)
    assert parse_base_url(typed, allow_insecure=True)


def test_a_full_name_and_a_default_port_are_the_same_place() -> None:
    for same in ("HTTPS://SCHOOL.EXAMPLE.EDU:443/x", f"{BASE}:0443/x", f"{BASE}:/x", f"{BASE}?x"):
        assert SCHOOL.same_origin(same)


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


@pytest.mark.parametrize("path", ["", "x", "/x?a=1", "/x#a", "/\\evil.com", "/x\r\n", "/x\t"])
def test_a_path_holds_nothing_but_a_path(path: str) -> None:
    with pytest.raises(ValueError, match="absolute path"):
        SCHOOL.url(path)


WORDS = r"https http : / // \ @ # ? . %2e %40 [ ] :443 :80 ::1 user evil.com school x".split()
PIECES = st.sampled_from([*WORDS, "school.example.edu", "\t", "\u3002", "\u0455"])


@given(st.lists(PIECES, max_size=9).map("".join) | st.text(max_size=30).map(f"{BASE}{{}}".format))
def test_whatever_is_admitted_leads_to_the_origin_for_every_parser(link: str) -> None:
    try:
        admitted = SCHOOL.admit(link, seen_on=httpx.URL(f"{BASE}/api/v1/courses"))
    except ContractError:
        return
    parsed, other = httpx.URL(admitted), urlsplit(admitted)
    assert (parsed.scheme, parsed.raw_host, parsed.port) == ("https", b"school.example.edu", None)
    assert (other.scheme, other.hostname, other.port or 443) == ("https", "school.example.edu", 443)
    assert not parsed.userinfo
    assert parsed.raw_path.startswith(b"/")
    assert b"\r" not in parsed.raw_path


@given(st.lists(PIECES, max_size=6).map("".join))
def test_an_address_is_refused_or_understood_but_never_a_bug(typed: str) -> None:
    try:
        origin = parse_base_url(f"https://{typed}", allow_insecure=True)
    except ConfigError:
        return
    assert origin.same_origin(str(origin))
    assert parse_base_url(str(origin), allow_insecure=True) == origin
