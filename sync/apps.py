"""Django's view of `sync`: the app that owns the ledger of runs."""

from django.apps import AppConfig
from django.core import checks
from django.db.backends.signals import connection_created


class SyncConfig(AppConfig):
    name = "sync"
    label = "sync"
    verbose_name = "Sync ledger"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sync.checks import check_post_sync  # needs the models, which are loaded by now
        from sync.sessions import end_idle_transactions

        checks.register(check_post_sync)
        connection_created.connect(end_idle_transactions, dispatch_uid="sync.sessions")
