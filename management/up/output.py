"""What the children say, on our stderr, each line with the name of who said it."""

from __future__ import annotations

import json
from collections.abc import Callable

from django.conf import settings
from rich.console import Console

from management.up.child import Say

_WIDTH = 8
_COLOURS = {
    "web": "\x1b[36m",
    "realtime": "\x1b[35m",
    "worker": "\x1b[32m",
    "beat": "\x1b[33m",
    "canvas": "\x1b[34m",
    "redis": "\x1b[31m",
}
_PLAIN = "\x1b[0m"


def named_lines(write: Callable[[str], object], *, colour: bool) -> Say:
    """A JSON object stays one, with the name as `process`; other lines begin with the name."""

    def say(name: str, line: str) -> None:
        if line.startswith('{"') and line.endswith("}"):
            write(f'{{"process": {json.dumps(name)}, {line[1:]}')
            return
        lead = f"{name:<{_WIDTH}} |"
        if colour:
            lead = f"{_COLOURS.get(name, '')}{lead}{_PLAIN}"
        write(f"{lead} {line}")

    return say


def wants_colour() -> bool:
    """Whether stderr is the terminal of somebody who did not refuse colour."""
    console = Console(stderr=True)
    seen = console.is_terminal and not console.is_dumb_terminal
    return seen and not console.no_color and not settings.CI
