"""What of a course is to be read again, in words that a mark can keep: pure.

The target of a mark is "" for a whole source. Of `enrollments` it is a person; of `submissions` a
work by its assignment and its student, either of which may be `*`, for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from sync.plan import BY_NAME

SUBMISSIONS: Final = "submissions"
ENROLLMENTS: Final = "enrollments"
_ALL: Final = "*"
_WORK: Final = re.compile(r"(\d{1,19}|\*)/(\d{1,19}|\*)", re.ASCII)
_PERSON: Final = re.compile(r"\d{1,19}", re.ASCII)


class Dirty(NamedTuple):
    """As `DirtyMark` has it."""

    resource: str
    target: str = ""


def of_source(name: str) -> Dirty:
    return Dirty(BY_NAME[name].name)


def of_person(user: int) -> Dirty:
    """The enrollments of a person in the course."""
    return Dirty(ENROLLMENTS, str(user))


def of_work(*, assignment: int | None = None, student: int | None = None) -> Dirty:
    """One submission, or all of an assignment or of a student."""
    return Dirty(SUBMISSIONS, f"{assignment or _ALL}/{student or _ALL}")


@dataclass(slots=True, kw_only=True)
class Wanted:
    """What marks come to, by Canvas's ids.

    `sources` are read as a run reads them; `people` are persons whose enrollments are read, `works`
    submissions by (assignment, student), `lists` assignments and `students` persons of whom all
    submissions are.
    """

    sources: set[str] = field(default_factory=set)
    people: set[int] = field(default_factory=set)
    works: set[tuple[int, int]] = field(default_factory=set)
    lists: set[int] = field(default_factory=set)
    students: set[int] = field(default_factory=set)

    @property
    def of_submissions(self) -> bool:
        """Whether any submission is wanted by itself."""
        return bool(self.works or self.lists or self.students)

    def add(self, target: Dirty) -> None:
        """A target nobody can read any more, such as one of an older version, is its source."""
        if target.resource == ENROLLMENTS and _PERSON.fullmatch(target.target):
            self.people.add(int(target.target))
        elif target.resource == SUBMISSIONS and (named := _WORK.fullmatch(target.target)):
            self._add_work(*named.groups())
        elif target.resource in BY_NAME:
            self.sources.add(target.resource)

    def _add_work(self, assignment: str, student: str) -> None:
        if assignment != _ALL and student != _ALL:
            self.works.add((int(assignment), int(student)))
        elif assignment != _ALL:
            self.lists.add(int(assignment))
        elif student != _ALL:
            self.students.add(int(student))
        else:
            self.sources.add(SUBMISSIONS)


def wanted_of(targets: Iterable[Dirty]) -> Wanted:
    wanted = Wanted()
    for target in targets:
        wanted.add(target)
    return wanted
