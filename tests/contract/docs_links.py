"""Finds links in our Markdown that lead nowhere: missing files, missing headings, missing code."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

_LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)")
_CODE = re.compile(r"^(```|~~~).*?^\1\s*$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
_FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
_SKIPPED = {".git", ".venv", ".venv-next", ".uv", "var", "node_modules"}


def documents(root: Path) -> list[Path]:
    """Every Markdown file of the checkout."""
    found = root.rglob("*.md")
    return sorted(file for file in found if not _SKIPPED & set(file.relative_to(root).parts))


def broken_links(root: Path) -> Iterator[str]:
    """Shape: `file: link` for each link without a target. Addresses on the web are not asked."""
    for document in documents(root):
        text = _CODE.sub("", document.read_text(encoding="utf-8"))
        for link in _LINK.findall(text):
            if not re.match(r"[a-z]+:", link) and not _leads_somewhere(link, document=document):
                yield f"{document.relative_to(root)}: {link}"


def anchors(text: str) -> set[str]:
    """The anchors of the headings, named as the usual hosts name them."""
    headings = _HEADING.findall(_FENCE.sub("", text))
    words = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {word.replace(" ", "-") for word in words}


def _leads_somewhere(link: str, *, document: Path) -> bool:
    place, _, anchor = link.partition("#")
    target = (document.parent / place) if place else document
    if not target.exists():
        return False
    if not anchor or target.suffix != ".md":
        return True
    return anchor in anchors(target.read_text(encoding="utf-8"))


if __name__ == "__main__":
    root = Path(__file__).resolve().parent.parent.parent
    broken = list(broken_links(root))
    sys.stdout.write(f"docs: {len(documents(root))} files, {len(broken)} broken links\n")
    sys.stdout.writelines(f"{line}\n" for line in broken)
    sys.exit(1 if broken else 0)
