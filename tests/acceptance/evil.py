"""A server that wants the token: raw sockets, every byte kept, TLS by a certificate of our own.

Knows HTTP only as far as it must to answer one request per connection.
"""

import ipaddress
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


@dataclass(slots=True, kw_only=True)
class Evil:
    """`heard`: the bytes of each connection, decrypted; `names`: the hosts TLS was asked for."""

    port: int
    scheme: str = "http"
    answers: dict[str, bytes] = field(default_factory=dict)
    otherwise: bytes = NOT_FOUND
    heard: list[bytearray] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    connections: int = 0

    def url(self, path: str = "", *, host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    @property
    def everything(self) -> bytes:
        return b"\n".join(bytes(one) for one in self.heard)

    @property
    def paths(self) -> list[str]:
        """What was asked for, queries included, in order."""
        return [bytes(one).split(b" ")[1].decode() for one in self.heard if one.count(b" ") > 1]


def answer(body: bytes = b"[]", *, status: int = 200, **headers: str) -> bytes:
    """A whole answer; JSON unless a header says otherwise. `_` in a name is a dash."""
    named = {name.replace("_", "-").title(): text for name, text in headers.items()}
    named = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
    } | named
    lines = [f"HTTP/1.1 {status} X", *(f"{name}: {text}" for name, text in named.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


@contextmanager
def evil_server(tls: ssl.SSLContext | None = None) -> Iterator[Evil]:
    """Listens on a free port of 127.0.0.1, and with `tls` speaks nothing else."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            evil.connections += 1
            try:
                self._converse()
            except OSError:  # they hung up, or did not like the certificate
                return

        def _converse(self) -> None:
            self.request.settimeout(10)
            wire = tls.wrap_socket(self.request, server_side=True) if tls else self.request
            heard = bytearray()
            evil.heard.append(heard)
            while b"\r\n\r\n" not in heard:
                chunk = wire.recv(65536)
                if not chunk:
                    return
                heard += chunk
            path = bytes(heard).split(b" ")[1].decode().partition("?")[0]
            wire.sendall(evil.answers.get(path, evil.otherwise))
            wire.close()

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        evil = Evil(port=server.server_address[1], scheme="https" if tls else "http")
        if tls:
            tls.sni_callback = lambda _socket, name, _context: evil.names.append(name)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield evil
        finally:
            server.shutdown()
            thread.join()


def certificate(folder: Path, *names: str) -> tuple[ssl.SSLContext, Path]:
    """A server's side of TLS for these hosts, and the file of the authority that vouches for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "throw-away")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_SIGNS, critical=True)  # Python 3.13 wants these
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    authority, private = folder / "authority.pem", folder / "key.pem"
    authority.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority, private)
    return context, authority


_SIGNS = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


def _name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
