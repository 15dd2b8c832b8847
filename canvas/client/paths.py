"""What a request path says about itself, without the ids of people in it."""

from __future__ import annotations

import re
from typing import Final

_COURSE: Final = re.compile(r"/courses/(\d+)(?=/|$)", re.ASCII)
_WORD: Final = re.compile(r"[a-z_]+|v1", re.ASCII)


def course_of(path: str) -> int | None:
    """The Canvas id of the course a path belongs to, if it names one."""
    found = _COURSE.search(path)
    return int(found.group(1)) if found else None


def template_of(path: str) -> str:
    """`/api/v1/courses/:id/users/:id`: every part that is not a word of the API becomes `:id`."""
    return "/".join(
        part if not part or _WORD.fullmatch(part) else ":id" for part in path.split("/")
    )
