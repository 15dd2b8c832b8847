"""Query parameters read the way Rails reads them: arrays, scalars wrapped, forgiving booleans."""

from __future__ import annotations

import functools
import re
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

from simulator.errors import bad_request, message

INCLUDE_KEYS = ("include", "include[]", "includes", "includes[]")
TRUE_WORDS = frozenset({"true", "t", "yes", "y", "on", "1"})
INSTANT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?")
PAGING_KEYS = frozenset({"access_token", "api_key", "page", "per_page"})


class Query:
    """The parameters of one request, in the order sent."""

    def __init__(self, text: str, *, drop_includes: bool = False) -> None:
        self.pairs = parse_qsl(text, keep_blank_values=True)
        self.values: dict[str, list[str]] = {}
        for key, value in self.pairs:
            if not drop_includes or key not in INCLUDE_KEYS or value == "uuid":
                self.values.setdefault(key.removesuffix("[]"), []).append(value)

    def has(self, name: str) -> bool:
        """Whether the parameter was sent at all, whatever its value."""
        return name in self.values

    def one(self, name: str, default: str | None = None) -> str | None:
        """The last value sent."""
        values = self.values.get(name)
        return values[-1] if values else default

    def many(self, name: str) -> list[str]:
        """All values of an array parameter; a scalar counts as an array of one."""
        return self.values.get(name, [])

    def ids(self, name: str) -> list[int]:
        """Values of an array parameter as numbers; what is no number becomes 0, as in Ruby."""
        return [int(value) if value.isdigit() else 0 for value in self.many(name)]

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean parameter."""
        value = self.one(name)
        return default if value is None else value.lower() in TRUE_WORDS

    def instant(self, name: str) -> str | None:
        """An ISO-8601 parameter in Canvas's own form. Raises Refusal for another text."""
        value = self.one(name)
        if value is None:
            return None
        if INSTANT.fullmatch(value.replace(" ", "+")) is None:
            raise bad_request(message(f"Invalid datetime for {name}"))
        return _utc(value.replace(" ", "+"))

    @functools.cached_property
    def includes(self) -> frozenset[str]:
        """What include[] asks for."""
        return frozenset(self.many("include"))

    def page_url(self, base: str, *, page: str, per_page: int) -> str:
        """This request's address for another page: the query repeated, credentials left out."""
        kept = [pair for pair in self.pairs if pair[0] not in PAGING_KEYS]
        return f"{base}?{urlencode([*kept, ('page', page), ('per_page', str(per_page))])}"


def _utc(value: str) -> str:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
