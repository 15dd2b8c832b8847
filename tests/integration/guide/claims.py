"""Which test answers for which block; a block nobody claims, or two do, is a failure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from tests.integration.guide.blocks import Block, blocks_of

_Test = TypeVar("_Test", bound=Callable[..., Any])

GUIDE = "docs/async-usage-guide.md"
PAGE = "docs/async.md"
README = "README.md"

# The test, by module and name → its block. A module that is imported twice claims once.
CLAIMED: dict[tuple[str, str], Block] = {}


def claims(page: str, heading: str, number: int = 1) -> Callable[[_Test], _Test]:
    """The test runs, through its `block` fixture, the `number`-th block under `heading`."""

    def claim(test: _Test) -> _Test:
        CLAIMED[test.__module__.rpartition(".")[2], test.__name__] = find(page, heading, number)
        return test

    return claim


def find(page: str, heading: str, number: int) -> Block:
    for block in blocks_of(page):
        if (block.heading, block.number) == (heading, number):
            return block
    raise LookupError(f"{page} has no Python block {number} under {heading!r}")


def claimed_by(test: Callable[..., Any]) -> Block:
    return CLAIMED[test.__module__.rpartition(".")[2], test.__name__]
