"""What a verification came to, in the words of the contract: counts, ids, names of fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

Id: TypeAlias = int | str


@dataclass(slots=True, kw_only=True)
class Tally:
    """One resource. `missing`: Canvas lists it and the mirror has no live row; `extra`: the other
    way round; `different`: id → names of the fields that differ."""

    canvas: int = 0
    mirror: int = 0
    missing: list[Id] = field(default_factory=list)
    extra: list[Id] = field(default_factory=list)
    different: dict[Id, set[str]] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not (self.missing or self.extra or self.different)

    def as_json(self) -> dict[str, Any]:
        return {
            "canvas": self.canvas,
            "mirror": self.mirror,
            "missing": self.missing,
            "extra": self.extra,
            "different": [
                {"id": key, "fields": sorted(names)} for key, names in self.different.items()
            ],
        }


@dataclass(slots=True, kw_only=True)
class Verification:
    """One course. `unread`: listing → why Canvas does not show it; what it tells of is not in
    `resources`, and what cannot be looked at is not proven."""

    course: int
    resources: dict[str, Tally] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)

    @property
    def differs(self) -> bool:
        return not all(tally.ok for tally in self.resources.values())

    @property
    def ok(self) -> bool:
        return not self.differs and not self.unread

    def as_json(self) -> dict[str, Any]:
        """The document of the contract, section 3."""
        resources = {name: tally.as_json() for name, tally in self.resources.items()}
        return {"course": self.course, "ok": self.ok, "resources": resources}
