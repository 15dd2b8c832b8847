"""What a story is made of: changes, disturbed syncs and quiet ones; and how chance draws them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from sync.crashpoints import CRASH_POINTS
from tests.acceptance.random_worlds.changes import CHANGES, COURSE, OTHER

# What passes, and never looks like an answer.
TRANSIENT: Final = (
    *("http_429", "http_403_throttle", "http_500", "http_502_html", "http_503_html"),
    *("http_504_html", "html_200", "cut_body", "reset", "half_json", "half_gzip", "hang"),
    *("cut_gzip_trailer", "content_length_short", "session_prefix", "wrong_type"),
)
# What a reader may take for Canvas's word.
SPOILING: Final = (
    *("permission_401", "forbidden_403", "not_found_404", "tab_disabled_404", "empty_list"),
    *("empty_middle", "short_page", "not_a_list", "foreign_next", "next_loop", "lost_next"),
    *("repeated_page", "bookmark_reset", "duplicate_row", "drop_key", "bad_record", "nul_record"),
    *("nan_record", "huge_int_record", "surrogate_record", "graphql_errors", "teapot", "redirect"),
    *("gzip_bomb", "br_encoding", "retry_after", "unauthorized_401"),
)
# These take a second or more of waiting each, and say nothing that `hang` does not.
NOT_HERE: Final = ("slow_drip", "drip_headers")
# These make a listing shorter, or hide it, and nothing else: they come more often.
_LIES: Final = ("empty_list", "empty_list", "short_page", "short_page", "lost_next", "empty_middle")
PLACES: Final = (
    *("/sections", "/enrollments", "/group_categories", "/groups/", "/memberships"),
    *("/assignment_groups", "/rubrics", "/assignments", "/students/submissions", "/quizzes"),
    *("/students/submissions", "/api/graphql", "/courses/101", ""),
)
HIDING: Final = frozenset(_LIES)
_LISTINGS: Final = (
    *("/sections", "/enrollments", "/groups", "/assignment_groups", "/assignments"),
    *("/students/submissions", "/quizzes"),
)
ODD: Final[dict[str, list[dict[str, Any]]]] = {
    "bad_record": [
        {"fields": {"score": "ten"}},
        {"fields": {"workflow_state": None, "name": 5}},
        {"fields": {"id": None}},
        {"record": None},
        {"fields": {"updated_at": "yesterday"}, "index": 1},
    ],
    "drop_key": [{"key": "id"}, {"key": "submission_comments"}, {"key": "user"}, {"key": "name"}],
    "retry_after": [{"retry_after": 1}, {"retry_after": 900}],
}


@dataclass(frozen=True)
class Change:
    """An operation of the simulator; `chance` decides on what."""

    op: str
    chance: int


@dataclass(frozen=True)
class Trouble:
    """A fault; `times` None is a lasting one."""

    kind: str
    path: str
    times: int | None
    options: int = 0

    @property
    def more(self) -> dict[str, Any]:
        known = ODD.get(self.kind, [{}])
        return known[self.options % len(known)]

    @property
    def lies(self) -> int:
        """How many answers it falsifies, as far as that matters: two may agree on a lie."""
        return 0 if self.kind in TRANSIENT else self.times or 2


@dataclass(frozen=True)
class Stopped:
    """Somebody presses Ctrl-C after so many pages."""

    pages: int


@dataclass(frozen=True)
class Killed:
    """SIGKILL the n-th time a place is passed, or death by the clock."""

    at: str = ""
    nth: int = 1
    after_ms: int = 0


@dataclass(frozen=True)
class Sync:
    """`how`: plain, full, accept, rehearse, or resources to read."""

    how: str = "plain"
    course: int = COURSE
    troubles: tuple[Trouble, ...] = ()
    end: Stopped | Killed | None = None
    meanwhile: Change | None = None

    @property
    def is_disturbed(self) -> bool:
        return bool(self.troubles or self.end or self.meanwhile)


@dataclass(frozen=True)
class Quiet:
    """Nothing disturbs, and all that was mirrored is synced: `plain` where that sees enough."""

    how: str = "plain"


Step: TypeAlias = Change | Sync | Quiet

_places = [name for name in CRASH_POINTS if not name.startswith(("keys.", "webhook."))]
_changes = st.builds(Change, op=st.sampled_from(sorted(CHANGES)), chance=st.integers(0, 999))


def _troubles(*kinds: str) -> SearchStrategy[Trouble]:
    return st.builds(
        Trouble,
        kind=st.sampled_from(kinds),
        path=st.sampled_from(PLACES),
        times=st.sampled_from((1, 1, 1, 2, None)),
        options=st.integers(0, 9),
    ).map(lambda t: Trouble(t.kind, t.path, 1, t.options) if t.kind == "hang" else t)


# At most one of them lies: after a second lie nobody asks any more whether the first was believed.
_trouble = st.one_of(
    st.tuples(_troubles(*SPOILING)),
    st.tuples(_troubles(*SPOILING), _troubles(*TRANSIENT)),
    st.tuples(_troubles(*TRANSIENT), _troubles(*TRANSIENT)),
)
_kills = st.one_of(
    st.builds(Killed, at=st.sampled_from(_places), nth=st.integers(1, 6)),
    st.builds(Killed, after_ms=st.integers(20, 500)),
)
_stops = st.builds(Stopped, pages=st.integers(0, 12))
_misled = st.builds(
    Sync,
    how=st.sampled_from(("plain", "plain", "full")),
    troubles=st.tuples(
        st.builds(
            Trouble, kind=st.sampled_from(_LIES), path=st.sampled_from(_LISTINGS), times=st.just(1)
        )
    ),
    meanwhile=st.one_of(st.none(), st.none(), _changes),
)
_troubled = st.builds(
    Sync,
    how=st.sampled_from(
        (*["plain"] * 4, "full", "full", "accept", "rehearse", "submissions", "groups,quizzes")
    ),
    course=st.sampled_from((*[COURSE] * 6, OTHER)),
    troubles=st.one_of(_trouble, _trouble, _trouble, st.just(())),
    end=st.one_of(st.none(), st.none(), _stops, _kills),
    meanwhile=st.one_of(st.none(), st.none(), _changes),
).filter(lambda sync: sync.is_disturbed)
_syncs = st.one_of(_troubled, _troubled, _misled)
_quiet = st.builds(Quiet, how=st.sampled_from(("plain", "plain", "full")))


@st.composite
def _chapters(draw: st.DrawFn) -> list[Step]:
    """A disturbed sync somewhere between one to three changes, and a quiet one at the end."""
    steps: list[Step] = list(draw(st.lists(_changes, min_size=1, max_size=3)))
    steps.insert(draw(st.integers(0, len(steps))), draw(_syncs))
    return [*steps, draw(_quiet)]


def stories(*, chapters: int) -> SearchStrategy[list[Step]]:
    """Of one chapter, and now and then of more, `chapters` at most."""
    lengths = st.sampled_from((1, 1, 1, 1, *range(1, chapters + 1)))
    return lengths.flatmap(
        lambda length: st.lists(_chapters(), min_size=length, max_size=length)
    ).map(lambda told: list(chain(*told)))
