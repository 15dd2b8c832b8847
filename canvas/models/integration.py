"""One Canvas we read: its address, the account, and the credential under lock."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from canvas.models.secrets import seal, unseal


class CanvasIntegration(models.Model):
    """A Canvas instance and the token it is read with.

    `account_id` is a Canvas account id or the word `self`. The token is sealed and bound to `uuid`:
    moved to another row it does not open.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=100, unique=True)
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    base_url = models.CharField(max_length=500)
    account_id = models.CharField(max_length=100, default="self")
    sealed_token = models.TextField(null=True, blank=True, default=None, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.name

    def set_token(self, token: str) -> None:
        """Seal `token` into this row; the caller saves."""
        self.sealed_token = seal(token, context=str(self.uuid))

    def read_token(self) -> str | None:
        """The token in the clear, None when none is stored. Raises ConfigError (wrong keys)."""
        if not self.sealed_token:
            return None
        return unseal(self.sealed_token, context=str(self.uuid))
