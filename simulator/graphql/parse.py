"""From the text of a query to a document, by recursive descent."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from simulator.graphql.document import (
    Declared,
    Document,
    EnumWord,
    Operation,
    Place,
    Selected,
    Spread,
    Variable,
    Wrong,
)

MAX_TOKENS: Final = 5000
TOKEN: Final = re.compile(
    r"(?P<ignored>[\ufeff\s,]+|#[^\r\n]*)"
    r"|(?P<name>[_A-Za-z]\w*)"
    r"|(?P<sign>\.\.\.|[!$()\[\]{}:=@])"
    r'|(?P<block>"""(?:\\"""|(?!""")[\s\S])*""")'
    r'|(?P<text>"(?:\\.|[^"\\\r\n])*")'
    r"|(?P<float>-?\d+(?:\.\d+(?:[eE][+-]?\d+)?|[eE][+-]?\d+))"
    r"|(?P<int>-?\d+)",
    re.ASCII,
)
WORDS: Final = {"true": True, "false": False, "null": None}


def parse(text: str) -> Document:
    """The document. Raises Wrong for what is no GraphQL, and for more than Canvas reads."""
    try:
        return Parser(text).document()
    except RecursionError as error:
        raise Wrong("This query is nested too deeply.") from error


class Parser:
    """One document being read, one token ahead."""

    def __init__(self, text: str) -> None:
        self.text, self.tokens = text, list(_tokens(text))
        self.at = 0
        if len(self.tokens) > MAX_TOKENS:
            raise Wrong("This query is too large to execute.")

    def document(self) -> Document:
        found = Document(operations=[])
        while self.kind() != "end":
            if self.peek() == "fragment":
                self.take("fragment")
                name = self.name()
                found.fragments[name] = self.fragment(name)
            else:
                found.operations.append(self.operation())
        return found

    def operation(self) -> Operation:
        if self.peek() == "{":
            return Operation(kind="query", name=None, variables=[], selected=self.selections())
        if self.peek() not in ("query", "mutation", "subscription"):
            raise self.unexpected()
        kind = self.name()
        name = self.name() if self.kind() == "name" else None
        variables = self.between("(", ")", self.declared) if self.peek() == "(" else []
        return Operation(kind=kind, name=name, variables=variables, selected=self.selections())

    def declared(self) -> Declared:
        place = self.place()
        self.take("$")
        name = self.name()
        self.take(":")
        required = self.type()
        default = self.value() if self.taken("=") else None
        return Declared(name=name, required=required, default=default, place=place)

    def type(self) -> bool:
        """A type is read over; the answer is whether it must not be null."""
        if self.taken("["):
            self.type()
            self.take("]")
        else:
            self.name()
        return self.taken("!")

    def selections(self) -> list[Selected | Spread]:
        return self.between("{", "}", self.selection)

    def selection(self) -> Selected | Spread:
        if self.taken("..."):
            named = self.kind() == "name" and self.peek() != "on"
            return self.spread(self.name()) if named else self.fragment(None)
        place, name = self.place(), self.name()
        key, name = (name, self.name()) if self.taken(":") else (name, name)
        arguments = dict(self.between("(", ")", self.pair)) if self.peek() == "(" else {}
        selected = self.selections() if self.peek() == "{" else []
        return Selected(key=key, name=name, arguments=arguments, selected=selected, place=place)

    def spread(self, name: str) -> Spread:
        return Spread(fragment=name, on=None, selected=[], place=self.place())

    def fragment(self, name: str | None) -> Spread:
        place = self.place()
        on = self.name() if self.taken("on") else None
        return Spread(fragment=name, on=on, selected=self.selections(), place=place)

    def pair(self) -> tuple[str, Any]:
        name = self.name()
        self.take(":")
        return name, self.value()

    def value(self) -> Any:
        kind, word = self.kind(), self.peek()
        if word == "[":
            return self.between("[", "]", self.value, some=False)
        if word == "{":
            return dict(self.between("{", "}", self.pair, some=False))
        if self.taken("$"):
            return Variable(self.name())
        self.at += 1
        if kind == "name":
            return WORDS.get(word, EnumWord(word))
        if kind == "text":
            return json.loads(word, strict=False)
        if kind == "block":
            return word[3:-3].replace('\\"""', '"""').strip()
        if kind in ("int", "float"):
            return int(word) if kind == "int" else float(word)
        self.at -= 1
        raise self.unexpected()

    def between(self, opening: str, closing: str, read: Any, *, some: bool = True) -> list[Any]:
        """What stands between two signs; at least one unless told otherwise."""
        self.take(opening)
        found = [read()] if some else []
        while not self.taken(closing):
            found.append(read())
        return found

    def kind(self) -> str:
        return self.tokens[self.at][0]

    def peek(self) -> str:
        """The next token as written, texts with their quotes."""
        return self.tokens[self.at][1]

    def name(self) -> str:
        if self.kind() != "name":
            raise self.unexpected()
        self.at += 1
        return self.tokens[self.at - 1][1]

    def taken(self, word: str) -> bool:
        """Whether the next token is this one, which is then behind us."""
        found = self.peek() == word
        self.at += found
        return found

    def take(self, word: str) -> None:
        if not self.taken(word):
            raise self.unexpected()

    def place(self) -> Place:
        return _place(self.text, self.tokens[self.at][2])

    def unexpected(self) -> Wrong:
        shown = json.dumps(self.peek()) if self.kind() != "end" else "end of document"
        return Wrong(f"Parse error on {shown}", at=self.place())


def _tokens(text: str) -> list[tuple[str, str, int]]:
    """Kind, text and position of each, with an end behind the last."""
    found, position = [], 0
    while position < len(text):
        token = TOKEN.match(text, position)
        if token is None:
            raise Wrong(f"Parse error on {json.dumps(text[position])}", at=_place(text, position))
        if token.lastgroup != "ignored":
            found.append((str(token.lastgroup), token.group(), position))
        position = token.end()
    return [*found, ("end", "", len(text))]


def _place(text: str, position: int) -> Place:
    line_start = text.rfind("\n", 0, position)
    return Place(text.count("\n", 0, position) + 1, position - line_start)
