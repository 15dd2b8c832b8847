"""Ids of Live Events in the form the REST API answers with: pure.

Events write ids as text, global in some bodies and local in others; a mirror that took them as they
come would know the same row by two names. Source: canvas-api 6.4, trap 75.
"""

from __future__ import annotations

import re
from typing import Final

SHARD_SIZE: Final = 10**13
_LARGEST: Final = 2**63 - 1
_DIGITS: Final = re.compile(r"[0-9]{1,19}", re.ASCII)


def read_id(raw: object) -> int | None:
    """The number an event means by an id; None for anything that is no id of Canvas."""
    if isinstance(raw, str) and _DIGITS.fullmatch(raw):
        raw = int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int):
        return None
    return raw if 0 < raw <= _LARGEST else None


def shard_of(root_account_id: object) -> int | None:
    """The shard an account lives on; None where its id does not say, as in a Canvas of one."""
    number = read_id(root_account_id)
    return number // SHARD_SIZE if number is not None and number > SHARD_SIZE else None


def canonical(raw: object, *, shard: int | None) -> int | None:
    """The id as REST has it for an account on `shard`; None for what is no id.

    Local where the row is of that shard. A row of another one keeps its global form, as a user from
    there does in enrollments (trap 84).
    """
    number = read_id(raw)
    if number is None or number <= SHARD_SIZE or number // SHARD_SIZE != shard:
        return number
    return number % SHARD_SIZE


def is_foreign(number: int) -> bool:
    """Whether a canonical id is of another shard than the account's own."""
    return number > SHARD_SIZE
