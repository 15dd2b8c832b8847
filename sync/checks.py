"""System checks of `sync`: what in the settings would only fail at the end of a run."""

from __future__ import annotations

from collections.abc import Sequence

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error

from sync.errors import BadPostSyncError
from sync.post_sync import function_at


def check_post_sync(
    app_configs: Sequence[AppConfig] | None, **_options: object
) -> list[CheckMessage]:
    """Every path of POST_SYNC leads to a coroutine function."""
    messages: list[CheckMessage] = []
    for path in settings.POST_SYNC:
        try:
            function_at(path)
        except BadPostSyncError as error:
            messages.append(
                Error(
                    f"POST_SYNC: {error}.",
                    hint="Name a function such as school.hooks.mail, defined as "
                    "'async def mail(run, rows)'.",
                    id="sync.E001",
                )
            )
    return messages
