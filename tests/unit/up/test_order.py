"""What `up` is asked, and what it makes of the settings."""

from __future__ import annotations

import pytest
from django.conf import LazySettings

from management.errors import CommandStopped
from management.up import children
from management.up.order import LOCAL, UpOrder, refuse_open_pages


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_pages_of_this_machine_need_no_secret_key(host: str, settings: LazySettings) -> None:
    settings.PRODUCTION = settings.DEBUG = False
    refuse_open_pages(UpOrder(host=host))


def test_pages_for_others_need_a_secret_key(settings: LazySettings) -> None:
    settings.PRODUCTION = settings.DEBUG = False
    with pytest.raises(CommandStopped) as stopped:
        refuse_open_pages(UpOrder(host="0.0.0.0"))
    assert "SECRET_KEY" in stopped.value.report.next_step


def test_a_wildcard_is_shown_as_an_address_that_can_be_asked() -> None:
    assert UpOrder(host="0.0.0.0").url == "http://127.0.0.1:8000"
    assert UpOrder(host="::").url == "http://[::1]:8000"


def changes() -> children.Changes:
    return children.shared_changes(redis_url=None, keys_url=None, log_format="json")


def test_without_a_secret_key_the_processes_keep_one_in_var(settings: LazySettings) -> None:
    settings.PRODUCTION = settings.DEBUG = False
    assert changes()["DJANGO_SETTINGS_MODULE"] == LOCAL


@pytest.mark.parametrize("name", ["PRODUCTION", "DEBUG"])
def test_otherwise_they_have_the_settings_that_were_set(name: str, settings: LazySettings) -> None:
    settings.PRODUCTION = settings.DEBUG = False
    setattr(settings, name, True)
    assert "DJANGO_SETTINGS_MODULE" not in changes()


def test_long_loads_leave_one_node_to_what_is_urgent() -> None:
    assert children.NODES == {"realtime": "realtime", "worker": "scheduled,bulk,realtime"}
