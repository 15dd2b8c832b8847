"""Which network addresses a token may be sent to: what public means, and what a name may lead to.

Pure; both HTTP stacks ask here about every address right before they connect to it. The table is
our own because that of `ipaddress` differs between Python 3.11, 3.12 and 3.13.
Source: the special-purpose address registries of IANA, as of 2025.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Final

from canvas.errors import ConfigError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_V4_REFUSED: Final = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT, and the inside of some clouds
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local: where clouds hand out credentials
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",  # documentation, as the next two
        "198.51.100.0/24",
        "203.0.113.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_V6_GLOBAL: Final = ipaddress.IPv6Network("2000::/3")  # all that was ever given out
_V6_REFUSED: Final = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation, as the next one
        "3fff::/20",
        "2002::/16",  # 6to4: any IPv4 address may be inside
    )
)
# A network without IPv4 reaches every IPv4 host through these: the address inside decides.
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    """Whether everybody on the internet means the same host by it.

    IPv4 written as IPv6 (mapped, 6to4, Teredo) is not: nobody is given such an answer honestly.
    """
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _V4_REFUSED)
    if address.scope_id is not None:
        return False
    if address in _NAT64:
        return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _V6_GLOBAL and not any(address in network for network in _V6_REFUSED)


def literal(host: str) -> Address | None:
    """The address a host is written as, or None for a name."""
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def admitted(host: str, found: Iterable[str], *, allow_private: bool) -> list[str]:
    """Those of the addresses a name has that may be connected to, in their order, once each.

    Private ones beside public ones are left out and the public ones used: who answers for the
    name gains nothing by adding them. Raises ConfigError when no public one is left.
    """
    candidates = dict.fromkeys(found)
    if allow_private:
        return list(candidates)
    public = [text for text in candidates if (one := literal(text)) and is_public(one)]
    if candidates and not public:
        raise ConfigError(
            cause=f"{host} resolves to a private address ({next(iter(candidates))})",
            next_step="check CANVAS_URL and the name server; set CANVAS_ALLOW_INSECURE=1 only if"
            " this Canvas is your own and inside your network",
        )
    return public
