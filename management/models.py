"""The operator's own tables: the keys programs ask the pages with."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone


class ApiKey(models.Model):
    """A key a program was given, without what opens it: only its SHA-256 is stored.

    The key holds 256 random bits, so a plain digest cannot be guessed back. `prefix` is the part
    people may see. `last_used_at` is right to the minute. A name is free again once revoked.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16, db_index=True, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, default=None, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, default=None, editable=False)

    class Meta:
        verbose_name = "API key"
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=Q(revoked_at__isnull=True), name="one_api_key_of_a_name"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
