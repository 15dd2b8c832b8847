"""THE TABLE of the fault matrix: what a walk must come to under each fault, on each page.

A walk may end in three ways only: with exactly the right rows, with an error that says what to do,
or with what Canvas showed of them. What is lost in the last case the walk must call unproven; the
two rows where no client can know, because Canvas itself says otherwise, are marked as such.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from canvas.client import Gap
from canvas.errors import (
    AccessRevokedError,
    AnswerTimeoutError,
    CanvasDownError,
    CanvasError,
    ConfigError,
    ConnectionLostError,
    ContractError,
    ForbiddenError,
    GoneError,
    ThrottledError,
)


class Rows(enum.Enum):
    """What came of the listing, compared with the undisturbed walk."""

    ALL = "each row once or more, all equal"
    ODD = "as many rows, all equal but those on the page that the fault spoilt"
    SHOWN = "some rows missing, the others all equal"
    BEFORE = "the first rows of the listing, all equal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one walk ends. Without an error the last page has this `gap`; None: proven.

    `or_error`: as good as `error`, where it depends on how the bytes arrive which of them it is.
    """

    rows: Rows = Rows.ALL
    error: type[CanvasError] | None = None
    or_error: type[CanvasError] | None = None
    gap: Gap | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One kind of fault. `times`: how often it happens where it passes.

    `by_page` and `by_style` (bookmarked or counted) name the outcomes that differ there; the keys
    of `by_page` are (lasting or not, which page).
    """

    once: Outcome
    lasting: Outcome
    times: int = 2
    options: Mapping[str, Any] = field(default_factory=dict)
    by_page: Mapping[tuple[bool, str], Outcome] = field(default_factory=dict)
    lasting_bookmarked: Mapping[str, Outcome] = field(default_factory=dict)

    def outcome(self, *, lasting: bool, place: str, bookmarked: bool) -> Outcome:
        if lasting and bookmarked and place in self.lasting_bookmarked:
            return self.lasting_bookmarked[place]
        return self.by_page.get((lasting, place), self.lasting if lasting else self.once)


WHOLE: Final = Outcome()
ODD: Final = Outcome(rows=Rows.ODD)
MOVED: Final = Outcome(gap=Gap.ROWS_MOVED)
SHOWN: Final = Outcome(rows=Rows.SHOWN)
NEVER_ENDS: Final = Outcome(error=ContractError)
CUT: Final = replace(SHOWN, gap=Gap.LINKS_LOST)


def _ends(error: type[CanvasError], or_error: type[CanvasError] | None = None) -> Outcome:
    return Outcome(rows=Rows.BEFORE, error=error, or_error=or_error)


def _outlived(
    error: type[CanvasError], or_error: type[CanvasError] | None = None, **options: Any
) -> Case:
    """Nothing of it is seen if it passes; if it lasts, this is the error."""
    return Case(once=WHOLE, lasting=_ends(error, or_error), options=options)


def _final(error: type[CanvasError], **options: Any) -> Case:
    """Never asked again: the answer is an answer."""
    return Case(once=_ends(error), lasting=_ends(error), options=options)


def _unseen(outcome: Outcome, **options: Any) -> Case:
    """The walk goes on over it, each time."""
    return Case(once=outcome, lasting=outcome, options=options)


_LAST_PAGE: Final = ((False, "last"), (True, "last"))
OUTCOMES: Final[Mapping[str, Case]] = {
    "http_429": _outlived(ThrottledError),
    "retry_after": _outlived(ThrottledError),
    "http_403_throttle": _outlived(ThrottledError),
    "http_500": _outlived(CanvasDownError),
    "http_502_html": _outlived(CanvasDownError),
    "http_503_html": _outlived(CanvasDownError),
    "http_504_html": _outlived(CanvasDownError),
    "html_200": _outlived(CanvasDownError),
    "half_json": _outlived(CanvasDownError),
    "half_gzip": _outlived(CanvasDownError),
    "cut_gzip_trailer": _outlived(CanvasDownError),
    "content_length_short": _outlived(CanvasDownError, ConnectionLostError),
    "cut_body": _outlived(ConnectionLostError),
    "reset": _outlived(ConnectionLostError),
    "hang": _outlived(AnswerTimeoutError),
    "slow_drip": _outlived(AnswerTimeoutError, interval_s=0.05),
    "drip_headers": _outlived(AnswerTimeoutError, interval_s=0.05),
    "unauthorized_401": _final(AccessRevokedError),
    "permission_401": _final(ForbiddenError),
    "forbidden_403": _final(ForbiddenError),
    "tab_disabled_404": _final(ForbiddenError),
    "not_found_404": _final(GoneError),
    "redirect": _final(ConfigError, location="https://elsewhere.invalid/"),
    "teapot": _final(ContractError),
    "wrong_type": _final(ContractError),
    "br_encoding": _final(ContractError),
    "not_a_list": _final(ContractError),
    "graphql_errors": _final(ContractError),
    "gzip_bomb": _final(ContractError, megabytes=8),
    "foreign_next": _final(ContractError),
    "next_loop": _final(ContractError),
    # One page of rows seen before may be rows that moved; a second one is a list without an end.
    "bookmark_reset": Case(
        times=1,
        once=_ends(ContractError),
        lasting=_ends(ContractError),
        by_page={(False, "first"): MOVED, **dict.fromkeys(_LAST_PAGE, NEVER_ENDS)},
    ),
    "repeated_page": Case(
        times=1,
        once=MOVED,
        lasting=_ends(ContractError),
        by_page={(True, "last"): NEVER_ENDS},
    ),
    # A link that was lost once is there when the page is asked for again.
    "empty_list": Case(times=1, once=WHOLE, lasting=CUT),
    "lost_next": Case(
        times=1,
        once=WHOLE,
        lasting=CUT,
        by_page=dict.fromkeys(_LAST_PAGE, WHOLE),
        # Twice a full page without a next one, of a list that never names its last page: so it
        # would look if the list ended there. No client can know.
        lasting_bookmarked={"first": SHOWN, "middle": SHOWN},
    ),
    # Canvas filters after the paging (canvas-api 2.4): a short or empty page with its links is as
    # good as any. No client can know; what is missing is for the check of large drops (R13).
    "short_page": _unseen(SHOWN),
    "empty_middle": Case(
        times=1,
        once=SHOWN,
        lasting=SHOWN,
        # A listing that ends with nothing is asked once more; the count of pages then tells.
        by_page={(False, "last"): WHOLE, (True, "last"): replace(SHOWN, gap=Gap.ROWS_MOVED)},
        lasting_bookmarked={"last": SHOWN},
    ),
    "duplicate_row": _unseen(MOVED),
    "session_prefix": _unseen(WHOLE),
    "drop_key": _unseen(ODD),
    "bad_record": _unseen(ODD),
    "nul_record": _unseen(ODD),
    "nan_record": _unseen(ODD),
    "huge_int_record": _unseen(ODD),
    "surrogate_record": _unseen(ODD),
}
