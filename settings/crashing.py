"""CRASH_AT: where a test wants this process killed; refused where people rely on the process."""

import re

from settings import env

_PLACE = re.compile(r"(?P<name>[a-z]+(?:[._][a-z]+)*):(?P<time>[1-9][0-9]{0,8})")


def crash_at(*, production: bool) -> tuple[str, int] | None:
    """The crash point and which time of passing it, counted from 1. Raises: BadSettingError."""
    value = env.text("CRASH_AT")
    if not value:
        return None
    if production:
        raise env.BadSettingError(
            "CRASH_AT", "it kills the process, which is for tests.", next_step="Unset it."
        )
    match = _PLACE.fullmatch(value)
    if match is None:
        raise env.BadSettingError(
            "CRASH_AT",
            "it is not a crash point and a number.",
            next_step="Use one such as keys.rotate.row:2.",
        )
    return match["name"], int(match["time"])
