"""One Canvas we read: its address, the account, and the credential under lock.

Owns what is stored of a credential and how one replaces another; when that happens is decided by
`management` (a person) and `workers` (a refresh).
"""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.db import models
from django.utils import timezone

from canvas.errors import ConfigError
from canvas.models.sealed import SealedField, read_secret, store_secret

# What is written together when one credential replaces another.
CREDENTIAL_COLUMNS: Final = (
    "client_id",
    "sealed_token",
    "sealed_client_secret",
    "sealed_refresh_token",
    "token_expires_at",
    "refresh_claim",
    "refresh_claimed_until",
    "paused_at",
    "pause_reason",
    "refused_credential",
)


class PauseReason(models.TextChoices):
    """Why Canvas refuses a credential for good."""

    TOKEN_REFUSED = "token_refused", "Canvas refuses the access token"
    GRANT_REFUSED = "grant_refused", "Canvas does not know the refresh token any more"
    KEY_REFUSED = "key_refused", "Canvas refuses the client id or secret of the developer key"


class CanvasIntegration(models.Model):
    """A Canvas instance and the credential it is read with.

    `account_id` is a Canvas account id or the word `self`. Secrets are sealed and bound to `uuid`:
    moved to another row they do not open. With a `client_id` the token is refreshed by its
    developer key, else it was made by hand. `refresh_claim` is whoever refreshes it now;
    `refused_credential` the identity that Canvas refused when the integration was paused. Live
    Events are taken when they name `root_account_uuid`, as Canvas has it of the root account; an
    unsigned one only if `unsigned_events`.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=100, unique=True)
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    base_url = models.CharField(max_length=500)
    account_id = models.CharField(max_length=100, default="self")
    client_id = models.CharField(max_length=200, blank=True, default="")
    sealed_token = SealedField(context="uuid")
    sealed_client_secret = SealedField(context="uuid")
    sealed_refresh_token = SealedField(context="uuid")
    token_expires_at = models.DateTimeField(null=True, blank=True, default=None, editable=False)
    refresh_claim = models.UUIDField(null=True, blank=True, default=None, editable=False)
    refresh_claimed_until = models.DateTimeField(
        null=True, blank=True, default=None, editable=False
    )
    paused_at = models.DateTimeField(null=True, blank=True, default=None, editable=False)
    pause_reason = models.CharField(
        max_length=30, choices=PauseReason.choices, blank=True, default="", editable=False
    )
    refused_credential = models.CharField(max_length=64, blank=True, default="", editable=False)
    root_account_uuid = models.CharField(max_length=100, blank=True, default="")
    unsigned_events = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.name

    def set_token(self, token: str) -> None:
        """Seal a token made by hand into this row, in place of any credential; the caller saves."""
        self._forget_credential()
        store_secret(self, "sealed_token", secret=token)

    def set_grant(
        self, *, client_id: str, client_secret: str, access_token: str, refresh_token: str
    ) -> None:
        """Seal a developer key and what it was granted into this row; the caller saves."""
        self._forget_credential()
        self.client_id = client_id
        store_secret(self, "sealed_client_secret", secret=client_secret)
        self.set_granted(access_token, refresh_token=refresh_token)

    def set_granted(self, access_token: str, *, refresh_token: str | None) -> tuple[str, ...]:
        """Seal what a refresh brought; the columns that changed, for the caller to save.

        Without a new refresh token the old one stays (canvas-api trap 4).
        """
        store_secret(self, "sealed_token", secret=access_token)
        if refresh_token is None:
            return ("sealed_token",)
        store_secret(self, "sealed_refresh_token", secret=refresh_token)
        return ("sealed_token", "sealed_refresh_token")

    def read_token(self) -> str | None:
        """The token in the clear, None when none is stored. Raises ConfigError (wrong keys)."""
        return read_secret(self, "sealed_token")

    def require_token(self) -> str:
        """The token in the clear. Raises ConfigError also when none is stored."""
        token = self.read_token()
        if token is None:
            raise ConfigError(
                cause=f"no access token is stored for integration {self.name}",
                next_step=f"run 'manage.py connect {self.name} --url {self.base_url}', "
                "or set CANVAS_URL and CANVAS_TOKEN",
            )
        return token

    def read_client_secret(self) -> str | None:
        return read_secret(self, "sealed_client_secret")

    def read_refresh_token(self) -> str | None:
        return read_secret(self, "sealed_refresh_token")

    def credential_columns(self) -> dict[str, Any]:
        """Column → value, for an UPDATE that replaces the credential as a whole."""
        return {name: getattr(self, name) for name in CREDENTIAL_COLUMNS}

    def _forget_credential(self) -> None:
        unused = CanvasIntegration()
        for name in CREDENTIAL_COLUMNS:
            setattr(self, name, getattr(unused, name))
