"""The TLS context of this process."""

from pathlib import Path

import httpx
import pytest

from canvas.client.network import guarded_transport
from canvas.client.transport import shared_tls
from canvas.errors import ConfigError


@pytest.mark.parametrize("content", [None, b"no certificate"])
async def test_certificates_that_cannot_be_read_are_an_error_of_the_set_up(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not a connection that broke off, which would be tried again."""
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    shared_tls.cache_clear()
    transport = guarded_transport(allow_private=True)
    async with httpx.AsyncClient(transport=transport) as client:
        with pytest.raises(ConfigError, match="SSL_CERT_FILE"):
            await client.get("https://localhost/")
