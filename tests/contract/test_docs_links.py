"""The documents lead where they say."""

from pathlib import Path

import pytest

from tests.contract.docs_links import broken_links
from tests.contract.source import ROOT


def test_every_link_of_our_documents_has_a_target() -> None:
    assert list(broken_links(ROOT)) == []


@pytest.mark.parametrize(
    ("link", "broken"),
    [
        ("other.md", False),
        ("other.md#two-words-here", False),
        ("missing.md", True),
        ("other.md#missing", True),
        ("#top", False),
        ("https://example.org/x", False),
    ],
)
def test_a_link_is_followed_to_its_heading(tmp_path: Path, link: str, broken: bool) -> None:
    (tmp_path / "page.md").write_text(f"# Top\n\n[a]({link})\n", encoding="utf-8")
    (tmp_path / "other.md").write_text("## Two words, here\n", encoding="utf-8")
    assert bool(list(broken_links(tmp_path))) is broken


def test_a_link_inside_code_is_no_link(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("```\n[a](missing)\n```\n`[b](missing)`\n", encoding="utf-8")
    assert list(broken_links(tmp_path)) == []
