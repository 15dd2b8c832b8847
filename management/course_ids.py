"""How a person names a course on the command line."""

from __future__ import annotations


def course_id(text: str) -> int:
    """A Canvas id; `2107~565` is Canvas's own short form of a global id (canvas-api 0.3)."""
    shard, tilde, local = text.rpartition("~")
    if not (text.isascii() and local.isdigit() and (not tilde or shard.isdigit())):
        raise ValueError(text)
    number = int(shard or 0) * 10**13 + int(local)
    if not 0 < number < 2**63:
        raise ValueError(text)
    return number


# What argparse calls it in a complaint.
course_id.__name__ = "Canvas course id"
