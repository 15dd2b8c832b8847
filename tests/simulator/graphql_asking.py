"""Posting queries to a simulator."""

from __future__ import annotations

from typing import Any

from simulator import Canvas
from tests.simulator.browser import Answer, Browser


def post(canvas: Canvas, query: Any, *, token: str = "t", **more: Any) -> Answer:
    body = {"query": query} | more
    return Browser(canvas, token).send(
        "POST", "/api/graphql", body, Content_Type="application/json"
    )


def answered(canvas: Canvas, query: str, **more: Any) -> Any:
    return post(canvas, query, **more).json


def in_course(inside: str, *, number: int = 101) -> str:
    return f"{{ course(id: {number}) {{ {inside} }} }}"
