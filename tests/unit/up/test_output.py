"""What children say, as it is passed on."""

from __future__ import annotations

import json

from management.up.output import named_lines


def said(line: str, *, colour: bool = False) -> str:
    lines: list[str] = []
    named_lines(lines.append, colour=colour)("web", line)
    return "".join(lines)


def test_a_line_begins_with_who_said_it() -> None:
    assert said("listening") == "web      | listening"


def test_colour_is_for_the_name_alone() -> None:
    assert said("listening", colour=True) == "\x1b[36mweb      |\x1b[0m listening"


def test_a_json_object_stays_one() -> None:
    assert json.loads(said('{"event": "page.loaded"}')) == {
        "process": "web",
        "event": "page.loaded",
    }
