"""Production settings pass Django's own deployment check."""

from tests.contract.deployment import check_deployment


def test_production_settings_have_no_warning() -> None:
    answer = check_deployment()
    assert answer.returncode == 0, answer.stderr


def test_a_weak_secret_key_is_noticed() -> None:
    answer = check_deployment(SECRET_KEY="short")
    assert answer.returncode == 1
    assert "security.W009" in answer.stderr
