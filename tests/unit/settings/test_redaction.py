"""What redaction takes out of an event, whatever kind of value it is in."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
import structlog

from canvas.models.secrets import Place, seal
from settings.redaction import HIDDEN, redact, redact_text

CANARY = "7~" + "c" * 64
PLACE = Place(row="1", column="c", title="t")


def redacted(**facts: object) -> dict[str, object]:
    return dict(redact(structlog.get_logger(), "info", dict(facts)))


@pytest.mark.parametrize(
    "value",
    [
        ValueError(f"refused: {CANARY}"),
        f"refused: {CANARY}".encode(),
        Path(f"/tmp/{CANARY}"),
        {"inner": [ValueError(CANARY)]},
    ],
)
def test_what_would_only_later_become_text_is_looked_at_too(value: object) -> None:
    found = redacted(note=value)
    assert CANARY not in str(found)
    assert HIDDEN in str(found)


def test_ordinary_values_stay_what_they_are() -> None:
    facts = {"rows": 3, "seconds": 0.5, "done": True, "left": None, "names": ["a"]}
    assert redacted(**facts) == facts
    assert redacted(row=UUID(int=1)) == {"row": str(UUID(int=1))}


@pytest.mark.parametrize("secret", [CANARY.replace("~", "%7E"), seal("x", place=PLACE)])
def test_encoded_tokens_and_ciphertexts_are_known_by_their_looks(secret: str) -> None:
    hidden = redact_text(f"a {secret} b")
    assert secret.rpartition(":")[2] not in hidden
    assert hidden.startswith("a ")
    assert hidden.endswith(f"{HIDDEN} b")
