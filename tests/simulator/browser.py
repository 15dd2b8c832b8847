"""A bare HTTP client for the simulator: nothing hidden, nothing retried."""

from __future__ import annotations

import gzip
import http.client
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from simulator import Canvas

LINK = re.compile(r'<([^>]*)>; rel="(\w+)"')


class Answer:
    """What came back."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.headers = response.status, response.headers
        self.body = response.read()

    @property
    def text(self) -> str:
        body = self.body
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        return body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def links(self) -> dict[str, str]:
        return {rel: url for url, rel in LINK.findall(self.headers.get("Link", ""))}


class Browser:
    """One kept-alive connection with a token."""

    def __init__(self, canvas: Canvas, token: str | None = "t") -> None:
        self.canvas, self.token = canvas, token
        self.connection = http.client.HTTPConnection(urlsplit(canvas.url).netloc, timeout=30)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named.setdefault("User-Agent", "test/1")
        if self.token is not None:
            named.setdefault("Authorization", f"Bearer {self.token}")
        text = None if body is None else json.dumps(body)
        self.connection.request(method, path.removeprefix(self.canvas.url), text, named)
        return Answer(self.connection.getresponse())

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, **headers)

    def pages(self, path: str) -> Iterator[Answer]:
        url: str | None = path
        while url is not None:
            answer = self.get(url)
            yield answer
            url = answer.links.get("next")

    def rows(self, path: str) -> list[dict[str, Any]]:
        """All records of a listing."""
        return [record for page in self.pages(path) for record in page.json]
