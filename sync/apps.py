"""Django's view of `sync`: the app that owns the ledger of runs."""

from django.apps import AppConfig
from django.core import checks


class SyncConfig(AppConfig):
    name = "sync"
    label = "sync"
    verbose_name = "Sync ledger"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sync.checks import check_post_sync  # needs the models, which are loaded by now

        checks.register(check_post_sync)
