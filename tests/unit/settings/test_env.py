from pathlib import Path

import pytest

from settings import env
from settings.env import BadSettingError, SecretText


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("SOME", "SOME_FILE"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.parametrize(("text", "value"), [("1", True), ("no", False), (" true ", True)])
def test_a_flag_is_read_as_people_write_it(
    given: pytest.MonkeyPatch, text: str, value: object
) -> None:
    given.setenv("SOME", text)
    assert env.flag("SOME") is value


def test_an_empty_variable_counts_as_not_set(given: pytest.MonkeyPatch) -> None:
    given.setenv("SOME", "  ")
    assert env.flag("SOME", default=True) is True
    assert env.text("SOME", default="x") == "x"


def test_a_bad_flag_is_refused_by_name(given: pytest.MonkeyPatch) -> None:
    given.setenv("SOME", "maybe")
    with pytest.raises(BadSettingError, match=r"^SOME: it is not a yes or a no\. Use 1 or 0\.$"):
        env.flag("SOME")


def test_a_choice_ignores_case_and_names_the_choices(given: pytest.MonkeyPatch) -> None:
    given.setenv("SOME", "JSON")
    assert env.choice("SOME", allowed=("json", "console"), default="json") == "json"
    given.setenv("SOME", "xml")
    with pytest.raises(BadSettingError, match=r"SOME: .* json, console"):
        env.choice("SOME", allowed=("json", "console"), default="json")


def test_words_keep_their_order(given: pytest.MonkeyPatch) -> None:
    given.setenv("SOME", " b, a,,c ")
    assert env.words("SOME") == ["b", "a", "c"]


def test_a_value_comes_from_the_file_that_is_named(
    given: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("from-file\n")
    given.setenv("SOME_FILE", str(tmp_path / "token"))
    assert env.secret("SOME") == "from-file"


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_an_unreadable_file_is_refused_by_name(
    given: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "token").write_bytes(content)
    given.setenv("SOME_FILE", str(tmp_path / "token"))
    with pytest.raises(BadSettingError, match=r"^SOME_FILE: "):
        env.text("SOME")


@pytest.mark.parametrize("text", ["two words", "line\nbreak", "tökén"])
def test_a_secret_that_no_header_can_carry_is_refused_without_showing_it(
    given: pytest.MonkeyPatch, text: str
) -> None:
    given.setenv("SOME", text)
    with pytest.raises(BadSettingError) as refusal:
        env.secret("SOME")
    assert text not in str(refusal.value)


def test_a_secret_does_not_show_itself() -> None:
    assert "hidden" not in repr({"token": SecretText("hidden")})


@pytest.mark.parametrize("text", ["http://host", "host:6379"])
def test_a_redis_address_has_a_redis_scheme(given: pytest.MonkeyPatch, text: str) -> None:
    given.setenv("SOME", text)
    with pytest.raises(BadSettingError, match=r"^SOME: it is not a Redis address"):
        env.redis_url("SOME")


def test_a_refusal_ends_a_program_in_one_line(
    given: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end, env.one_line_refusal("web"):
        raise BadSettingError("SOME", "it is wrong.", next_step="Mend it.")
    assert end.value.code == 2
    assert capsys.readouterr().err == "web: SOME: it is wrong. Mend it.\n"


def test_a_child_knows_none_of_our_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CANVAS_TOKEN", "SECRET_KEY_FILE", "DATABASE_URL"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("CANVASSING", "theirs")
    child = env.child_environment()
    assert child["CANVASSING"] == "theirs"
    assert not {"CANVAS_TOKEN", "SECRET_KEY_FILE", "DATABASE_URL"} & set(child)


def test_a_child_is_told_otherwise_whatever_file_was_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL_FILE", "/nowhere")
    monkeypatch.setenv("CANVAS_TOKEN", "x")
    monkeypatch.setenv("SOME", "kept")
    child = env.environment_with({"REDIS_URL": "redis://new", "CANVAS_TOKEN": None})
    assert (child["REDIS_URL"], child["SOME"]) == ("redis://new", "kept")
    assert not {"REDIS_URL_FILE", "CANVAS_TOKEN"} & set(child)


@pytest.mark.parametrize(
    ("text", "answer"), [("true", True), ("1", True), ("0", False), ("", False)]
)
def test_a_build_server_says_that_it_is_one(
    monkeypatch: pytest.MonkeyPatch, text: str, answer: bool
) -> None:
    monkeypatch.setenv("CI", text)
    assert env.in_ci() is answer
