"""What both HTTP stacks share below a request: one TLS context, and no cookies."""

from __future__ import annotations

import functools
import ssl
from http.cookiejar import DefaultCookiePolicy

import httpx

from canvas.errors import ConfigError


@functools.cache
def shared_tls() -> ssl.SSLContext:
    """Building one costs 34 ms, so all clients share it. Honours SSL_CERT_FILE and SSL_CERT_DIR.

    Raises ConfigError when what they name cannot be read.
    """
    try:
        return httpx.create_ssl_context()
    except OSError as error:  # as those of TLS are
        raise ConfigError(
            cause="the certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read",
            next_step="let it name a file of PEM certificates, or unset it",
        ) from error


def no_cookies() -> DefaultCookiePolicy:
    """A session cookie would change what Canvas answers (canvas-api trap 11), so none is kept."""
    return DefaultCookiePolicy(allowed_domains=())
