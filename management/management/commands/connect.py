"""manage.py connect: store a Canvas, after its credential was tried."""

from __future__ import annotations

import getpass
import re
import sys
from argparse import ArgumentTypeError, BooleanOptionalAction
from typing import Any, Final

from django.conf import settings
from django.core.management.base import CommandParser
from django.urls import reverse

from canvas.client.oauth import DeveloperKey
from canvas.models import CanvasIntegration
from management.command import OperatorCommand
from management.connecting import ByHand, Credential, WithKey, connect
from management.errors import usage
from management.exits import Exit
from management.operations import all_good
from management.tables import findings_table
from workers.bridge import bridge
from workers.credentials import environment_token

_NAME: Final = re.compile(r"[\w.-]{1,100}")
_CLIENT_ID: Final = re.compile(r"[\w~-]{1,200}", re.ASCII)
_SECRET: Final = re.compile(r"[!-~]+")


class Command(OperatorCommand):
    help = (
        "Store a Canvas under a name. The token comes from CANVAS_TOKEN, stdin or a prompt; with "
        "--client-id the client secret and the refresh token come from CANVAS_CLIENT_SECRET and "
        "CANVAS_REFRESH_TOKEN, stdin (a line each, in this order) or prompts."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", type=_name, metavar="NAME")
        parser.add_argument("--url", required=True, help="such as https://school.instructure.com")
        parser.add_argument("--account", metavar="ID", default="self", help="default: self")
        parser.add_argument(
            "--client-id", type=_client_id, metavar="ID", help="of a developer key (OAuth2)"
        )
        parser.add_argument(
            "--unsigned-events",
            action=BooleanOptionalAction,
            help="take Live Events without a signature; who knows the address can send them",
        )

    def work(self, **options: Any) -> Exit:
        client_id = options["client_id"]
        credential = _with_key(client_id) if client_id else _by_hand()
        integration, findings = bridge.run(
            connect(
                options["name"],
                url=options["url"],
                account=options["account"],
                credential=credential,
                unsigned_events=options["unsigned_events"],
            )
        )
        self.console().print(findings_table(findings))
        self.stdout.write(f"integration {integration.name} stored: {integration.base_url}")
        self._tell_of_events(integration)
        if client_id and environment_token(integration) is not None:
            self.note("CANVAS_TOKEN is set for this Canvas and goes before what was stored")
        exit_code = all_good(findings)
        if exit_code is not Exit.DONE:
            self.note("some of it cannot be read; syncs will leave that out and end with exit 3")
        return exit_code

    def _tell_of_events(self, integration: CanvasIntegration) -> None:
        path = reverse("webhook", args=[integration.uuid])
        self.stdout.write(f"Live Events of it are taken at {path}")
        if not integration.root_account_uuid:
            self.note(
                "the account could not be read, so Live Events are refused: which Canvas they are"
                " of cannot be checked; connect again with a token that may read it"
            )
        if integration.unsigned_events:
            self.note("Live Events without a signature are taken: keep their address secret")


def _name(text: str) -> str:
    """Typed again in other commands and shown in tables, so it is kept plain."""
    if not _NAME.fullmatch(text):
        raise ArgumentTypeError(
            f"{text[:40]!r} is no name: use at most 100 letters, digits, '_', '.' or '-'"
        )
    return text


def _client_id(text: str) -> str:
    if not _CLIENT_ID.fullmatch(text):
        raise ArgumentTypeError("it is no client id: copy the number Canvas shows for the key")
    return text


def _by_hand() -> Credential:
    return ByHand(token=_secret("access token", variable="CANVAS_TOKEN"))


def _with_key(client_id: str) -> Credential:
    secret = _secret("client secret", variable="CANVAS_CLIENT_SECRET")
    refresh_token = _secret("refresh token", variable="CANVAS_REFRESH_TOKEN")
    key = DeveloperKey(client_id=client_id, client_secret=secret)
    return WithKey(key=key, refresh_token=refresh_token)


def _secret(what: str, *, variable: str) -> str:
    """Never from a flag: those are seen in the list of processes."""
    text = str(getattr(settings, variable) or "") or _asked(what)
    if not text:
        raise usage(
            f"no {what} was given", next_step=f"set {variable}, or pipe the {what} into the command"
        )
    if not _SECRET.fullmatch(text):
        raise usage(
            f"the {what} holds a blank or a character that none has",
            next_step="copy the whole of it from Canvas again",
        )
    return text


def _asked(what: str) -> str:
    if sys.stdin.isatty():
        return getpass.getpass(f"{what.capitalize()}: ").strip()
    return sys.stdin.readline().strip()
