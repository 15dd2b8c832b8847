"""The one place the token may go: scheme, host and port of a Canvas, and who may be followed there.

Owns every comparison of addresses; refuses what is not plainly one public HTTPS host. Hosts are
compared in the ASCII form that is connected to, so a look-alike name is just another host. What a
name resolves to is checked where the connection is made, in `network`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import httpx

from canvas.client.addresses import is_public, literal
from canvas.errors import ConfigError, ContractError

DEFAULT_PORTS: Final = {"https": 443, "http": 80}
PRIVATE_SUFFIXES: Final = (".localhost", ".local", ".internal", ".home.arpa")
_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME: Final = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
_NO_PATH: Final = re.compile(r"\A//|[?#\\]")
EXAMPLE: Final = "https://school.instructure.com"


@lru_cache(maxsize=16)
def parsed(url: str) -> httpx.URL:
    """An address taken apart once, though several look at it: that takes a quarter millisecond.

    Raises httpx.InvalidURL.
    """
    return httpx.URL(url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Scheme, ASCII host (IDNA) and explicit port; `str()` is the address without a path."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    def same_origin(self, url: str | httpx.URL) -> bool:
        """Whether a request for this URL reaches exactly this scheme, host and port."""
        try:
            parsed = url if isinstance(url, httpx.URL) else httpx.URL(url)
        except httpx.InvalidURL:
            return False
        if parsed.userinfo:
            return False
        there = (parsed.scheme, _ascii_host(parsed), _port(parsed))
        return there == (self.scheme, self.host, self.port)

    def url(self, path: str) -> httpx.URL:
        """The address of an absolute path such as `/api/v1/courses`."""
        plain = path.startswith("/") and path.isprintable() and not _NO_PATH.search(path)
        if not plain:
            raise ValueError(f"not an absolute path without a query: {path.partition('?')[0]!r}")
        return httpx.URL(f"{self}{path}")

    def admit(self, url: str, *, seen_on: httpx.URL | None = None) -> str:
        """The same address, if it may be followed with the token; http is lifted to our https.

        `seen_on` resolves a relative link. Raises ContractError for every other host, port or
        scheme: a proxy in front of Canvas is set up wrong, or somebody wants the token.
        Source: canvas-api 2.1.
        """
        try:
            target = parsed(url)
            if seen_on is not None and target.is_relative_url:
                target = seen_on.join(target)
        except (httpx.InvalidURL, ValueError) as error:
            raise ContractError(cause="Canvas sent a link that is not an address") from error
        lifted = self._lifted(target)
        if "\\" in url or not self.same_origin(lifted):  # a backslash is a slash to some
            raise ContractError(
                cause=f"Canvas sent a link that leads away from {self}",
                next_step="check the host name that Canvas, or the proxy before it, is set up with",
            )
        return str(lifted)

    def _lifted(self, parsed: httpx.URL) -> httpx.URL:
        downgraded = self.scheme == "https" and parsed.scheme == "http"
        if downgraded and _ascii_host(parsed) == self.host and parsed.port in (None, self.port):
            port = None if self.port == DEFAULT_PORTS["https"] else self.port
            return parsed.copy_with(scheme="https", port=port)
        return parsed


def parse_base_url(url: str, *, allow_insecure: bool) -> Origin:
    """The origin an operator typed. Raises ConfigError with the address to type instead."""
    parsed = _parsed(url.strip())
    if parsed.userinfo:
        raise _refused("holds a user name or password", next_step=f"write it as {EXAMPLE}")
    if parsed.path not in ("", "/") or parsed.query or parsed.fragment:
        raise _refused(
            "has a path or query", next_step=f"stop after the host name, for example {EXAMPLE}"
        )
    origin = Origin(scheme=parsed.scheme, host=_plain_host(parsed), port=_port(parsed))
    if not _NAME.fullmatch(origin.host) and (literal(origin.host) is None or "%" in origin.host):
        raise _refused("has no usable host name", next_step=f"write it as {EXAMPLE}")
    if not 0 < origin.port < 2**16:
        raise _refused("has a port that cannot be", next_step=f"write it as {EXAMPLE}")
    if not allow_insecure:
        _refuse_insecure(origin)
    return origin


def _parsed(url: str) -> httpx.URL:
    if "://" not in url:
        raise _refused("has no scheme", next_step=f"write it with https://, for example {EXAMPLE}")
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise _refused("cannot be read", next_step=f"write it as {EXAMPLE}") from error
    if parsed.scheme not in DEFAULT_PORTS:
        raise _refused("is not an https address", next_step=f"write it as {EXAMPLE}")
    return parsed


def _refuse_insecure(origin: Origin) -> None:
    if origin.scheme != "https":
        raise _refused(
            "is http, which would show the token to the network",
            next_step="use https://, or set CANVAS_ALLOW_INSECURE=1 for a Canvas of your own",
        )
    if _is_private(origin.host):
        raise _refused(
            f"is a private one ({origin.host})",
            next_step="set CANVAS_ALLOW_INSECURE=1 if this Canvas is your own",
        )


def _is_private(host: str) -> bool:
    """What is no public address in any spelling, and names without a domain."""
    address = literal(host)
    if address is not None:
        return not is_public(address)
    # 127.1, 0x7f000001 and 2130706433 are loopback to the resolver though not to ipaddress.
    numeric = host.rsplit(".", 1)[-1][:1].isdigit()
    return numeric or "." not in host or host.endswith(PRIVATE_SUFFIXES)


def _refused(what: str, *, next_step: str) -> ConfigError:
    return ConfigError(cause=f"the Canvas address {what}", next_step=next_step)


def _ascii_host(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii").strip("[]").lower()


def _plain_host(url: httpx.URL) -> str:
    """Without the dot at the end of a full name; an IPv6 address in its shortest form."""
    host = _ascii_host(url).removesuffix(".")
    address = literal(host)
    return host if address is None else str(address)


def _port(url: httpx.URL) -> int:
    return DEFAULT_PORTS.get(url.scheme, 0) if url.port is None else url.port
