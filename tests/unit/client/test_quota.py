"""The quota as an answer tells of it."""

import pytest

from canvas.client.quota import cost_of, remaining_of


@pytest.mark.parametrize(
    ("text", "remaining", "cost"),
    [
        ("598.5", 598.5, 598.5),
        ("0", 0.0, 0.0),
        ("-12", -12.0, 0.0),
        ("1e9", 5_000.0, 5_000.0),
        ("-1e300", -1_000.0, 0.0),
        ("nan", None, None),
        ("inf", None, None),
        ("", None, None),
        ("many", None, None),
    ],
)
def test_only_numbers_one_can_reckon_with_are_believed(
    text: str, remaining: float | None, cost: float | None
) -> None:
    headers = {"x-rate-limit-remaining": text, "x-request-cost": text}
    assert (remaining_of(headers), cost_of(headers)) == (remaining, cost)


def test_an_answer_need_not_say_anything() -> None:
    assert (remaining_of({}), cost_of({})) == (None, None)
