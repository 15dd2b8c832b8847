"""Canvas's GraphQL endpoint, reads only: parsed, checked and answered from the same world."""

from __future__ import annotations

from simulator.graphql.endpoint import PATH, answer_graphql

__all__ = ["PATH", "answer_graphql"]
