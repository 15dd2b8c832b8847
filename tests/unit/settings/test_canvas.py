import pytest

from settings.canvas import canvas_account_id, canvas_url
from settings.env import BadSettingError


@pytest.mark.parametrize(
    ("url", "insecure"),
    [("https://school.example", False), ("http://127.0.0.1:8000", True), ("", False)],
)
def test_a_canvas_address_is_taken_as_it_is(
    monkeypatch: pytest.MonkeyPatch, url: str, insecure: bool
) -> None:
    monkeypatch.setenv("CANVAS_URL", url)
    assert canvas_url(allow_insecure=insecure) == url


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("school.example", "not a web address"),
        ("ftp://school.example", "not a web address"),
        ("https://", "not a web address"),
        ("https://school.example:http", "not a web address"),
        ("https://me:hush@school.example", "user name or password"),
        ("http://school.example", "CANVAS_ALLOW_INSECURE=1"),
    ],
)
def test_a_bad_canvas_address_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, url: str, reason: str
) -> None:
    monkeypatch.setenv("CANVAS_URL", url)
    with pytest.raises(BadSettingError, match=rf"^CANVAS_URL: .*{reason}") as refusal:
        canvas_url(allow_insecure=False)
    assert "hush" not in str(refusal.value)


def test_the_account_is_self_unless_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CANVAS_ACCOUNT_ID", raising=False)
    assert canvas_account_id() == "self"


@pytest.mark.parametrize("account", ["1/courses", "1 2", "1?x=1"])
def test_an_account_that_would_change_the_path_is_refused(
    monkeypatch: pytest.MonkeyPatch, account: str
) -> None:
    monkeypatch.setenv("CANVAS_ACCOUNT_ID", account)
    with pytest.raises(BadSettingError, match=r"^CANVAS_ACCOUNT_ID: "):
        canvas_account_id()
