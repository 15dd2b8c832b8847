"""The error tree itself."""

import copy
import pickle

import pytest

from canvas import errors
from canvas.errors import (
    BadRecordError,
    CanvasError,
    FatalError,
    RetryableError,
    SkippableError,
    ThrottledError,
)

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, CanvasError)
]


def test_an_error_says_what_failed_where_and_what_to_do() -> None:
    error = errors.ForbiddenError(source="rubrics", course=101, status=403, next_step="ask")
    assert str(error) == (
        "the token's user may not read this (rubrics, course 101, HTTP 403); next: ask"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_can_be_raised_where_nothing_is_known(kind: type[CanvasError]) -> None:
    assert "; next: " in str(kind())
    assert "\n" not in str(kind())


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_survives_the_way_between_processes(kind: type[CanvasError]) -> None:
    error = kind(cause="it broke", source="quizzes", course=7, status=500, next_step="wait")
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert vars(twin) == vars(error)
        assert str(twin) == str(error)


def test_an_error_keeps_how_long_to_wait_and_which_record() -> None:
    throttled = pickle.loads(pickle.dumps(ThrottledError(retry_after_s=5.0)))
    bad = pickle.loads(pickle.dumps(BadRecordError(record_id="_8013", source="rubrics")))
    assert throttled.retry_after_s == 5.0
    assert "rubrics, record _8013" in str(bad)


def test_codes_are_stable_and_their_own() -> None:
    assert {kind.__name__: kind.code for kind in KINDS} == {
        "CanvasError": "canvas_error",
        "RetryableError": "retryable",
        "ThrottledError": "rate_limited",
        "CanvasDownError": "canvas_down",
        "ConnectionLostError": "connection_lost",
        "AnswerTimeoutError": "answer_timeout",
        "SkippableError": "skippable",
        "GoneError": "not_found",
        "ForbiddenError": "forbidden",
        "BadRecordError": "bad_record",
        "FatalError": "fatal",
        "AccessRevokedError": "credential_refused",
        "ContractError": "unexpected_answer",
        "TooManyRejectsError": "too_many_rejects",
        "ConfigError": "bad_configuration",
    }


def test_every_error_belongs_to_exactly_one_family() -> None:
    families = (RetryableError, SkippableError, FatalError)
    counts = [sum(issubclass(kind, family) for family in families) for kind in KINDS]
    assert sorted(counts) == [0] + [1] * (len(KINDS) - 1)
