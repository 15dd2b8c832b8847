"""Names and prose for worlds: several scripts, emoji, right-to-left, all from a seeded source."""

from __future__ import annotations

import random

GIVEN = (
    "Amina Jonas Yuki Chloé Mateus Ingrid Ravi Zoë Anneliese Dmitri Fatima Kwame Liam Søren Noor "
    "Priya Tomás Wei Élodie Babak Hana Oluwaseun Marta Ngozi Iker Lucía Thandiwe Arjun Freya Omar"
).split()
FAMILY = (
    "Müller García Nguyen Okafor Ivanova Lindqvist Haddad Tanaka O'Connor Rossi Kowalski Meier "
    "Silva Chowdhury van-Dijk Park Abebe Novák Şahin Dubois Castellanos Eze Keller Andersson Rao"
).split()
WORDS = (
    "cell membrane energy light leaf root enzyme protein water carbon oxygen nitrogen signal gene "
    "observation sample error control hypothesis growth rate sugar chlorophyll stroma gradient "
    "membrane transport diffusion osmosis pressure measurement table figure trend result model "
    "reaction temperature because therefore however although shows suggests means depends between"
).split()


def source(*parts: object) -> random.Random:
    """A source of chance that depends only on the parts."""
    return random.Random(":".join(str(part) for part in parts))


def person_name(chance: random.Random) -> tuple[str, str]:
    """Given and family name."""
    return chance.choice(GIVEN), chance.choice(FAMILY)


def prose(chance: random.Random, length: int) -> str:
    """About so many characters of sentences."""
    parts: list[str] = []
    size = 0
    while size < length:
        words = chance.choices(WORDS, k=chance.randint(6, 14))
        sentence = " ".join(words).capitalize() + "."
        parts.append(sentence)
        size += len(sentence) + 1
    return " ".join(parts)


def html(chance: random.Random, length: int) -> str:
    """Prose as two paragraphs of HTML."""
    return f"<p>{prose(chance, length // 2)}</p>\n<p>{prose(chance, length // 2)}</p>"


def long_name(start: str, length: int) -> str:
    """A name of exactly so many characters."""
    return (start + " " + "and its very long continuation " * 20)[: length - 1] + "."
