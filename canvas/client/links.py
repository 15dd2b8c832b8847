"""The Link header of Canvas: where the next page is.

Parses RFC 5988 and nothing beyond it; the address found is opaque and must be admitted by the
origin before anybody follows it. Source: canvas-api 2.1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import httpx

from canvas.client.origin import Origin
from canvas.errors import ContractError

_TARGET: Final = re.compile(r"[\s,]*<([^>]*)>")
_PARAMETER: Final = re.compile(
    r"""\s*;\s*([\w!#$&+\-.^`|~*]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s";,]*)))?""", re.ASCII
)


def next_url(headers: Mapping[str, str]) -> str | None:
    """The target of rel=next as sent, or None on the last page.

    Raises ContractError for a header that cannot be read to its end or names two next pages:
    taking it for "no next page" would cut the listing in silence.
    """
    targets = {target for target, rels in _links(headers.get("link", "")) if "next" in rels}
    if len(targets) > 1:
        raise ContractError(cause="Canvas named two different next pages")
    return targets.pop() if targets else None


def proves_end(headers: Mapping[str, str]) -> bool:
    """Whether the links show that this is the last page, and not only fail to name a next one.

    Canvas sends links with every page of a listing. Where it offers rel=last, that is this page;
    anything else means that a link was lost, or that rows moved while we paged.
    """
    targets = {rel: target for target, rels in _links(headers.get("link", "")) for rel in rels}
    if not targets or "next" in targets:
        return False
    return "last" not in targets or targets["last"] == targets.get("current")


def names_last(headers: Mapping[str, str]) -> bool:
    """Whether Canvas says which page is the last one; bookmarked listings never do."""
    return any("last" in rels for _, rels in _links(headers.get("link", "")))


def admitted_next(headers: Mapping[str, str], *, origin: Origin, seen_on: httpx.URL) -> str | None:
    """The next page if there is one and the token may go there. Raises ContractError if not."""
    link = next_url(headers)
    return None if link is None else origin.admit(link, seen_on=seen_on)


@lru_cache(maxsize=16)
def _links(header: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Target and relations of each link; three questions are asked of every header."""
    position, links = 0, list[tuple[str, frozenset[str]]]()
    while target := _TARGET.match(header, position):
        position, rels = _relations(header, target.end())
        links.append((target.group(1).strip(), rels))
    if header[position:].strip(" \t,"):
        raise ContractError(cause="Canvas sent a Link header that cannot be read")
    return tuple(links)


def _relations(header: str, position: int) -> tuple[int, frozenset[str]]:
    """Where the parameters of one link end, and its relation types in lower case."""
    rels: frozenset[str] = frozenset()
    while parameter := _PARAMETER.match(header, position):
        position = parameter.end()
        name, quoted, bare = parameter.groups()
        if name.lower() == "rel" and not rels:  # RFC 5988 5.3: only the first rel counts
            rels = frozenset((quoted or bare or "").lower().split())
    return position, rels
