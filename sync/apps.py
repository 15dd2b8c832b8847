"""Django's view of `sync`: the app that owns the ledger of runs."""

from django.apps import AppConfig


class SyncConfig(AppConfig):
    name = "sync"
    label = "sync"
    verbose_name = "Sync ledger"
    default_auto_field = "django.db.models.BigAutoField"
