"""Hook of MkDocs: pages kept elsewhere in the repository, and links that hold in the repository and on the site.

README, CONTRIBUTING, CHANGELOG and the model card stay where a reader of the repository looks for them; the site shows
the same text. A link to a file that the site does not show becomes that file's name.
"""

from __future__ import annotations

import os.path
import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "models/weights/echo/CARD.md": "model-card.md",
}
"""File of the repository -> page of the site."""
_HOMES = {page: home for home, page in PAGES.items()}
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)#\s]+)(#[^)\s]*)?\)")
_ADDRESS = re.compile(r"^[a-z]+:", re.IGNORECASE)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are kept elsewhere."""
    for home, page in PAGES.items():
        files.append(File.generated(config, page, content=(ROOT / home).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, /, *, page: Page, **_: Any) -> str:
    """Turn links between files of the repository into links between pages."""
    here = page.file.src_uri
    home = _HOMES.get(here, f"docs/{here}")

    def link(found: re.Match[str]) -> str:
        picture, text, target, part = found.group(1), found.group(2), found.group(3), found.group(4) or ""
        if _ADDRESS.match(target):
            return found.group(0)
        file = posixpath.normpath(posixpath.join(posixpath.dirname(home), target))
        shown = PAGES.get(file) or (file.removeprefix("docs/") if file.startswith("docs/") else None)
        if shown is None:
            return text if text == f"`{file}`" or text == file else f"{text} (`{file}`)"
        return f"{picture}[{text}]({os.path.relpath(shown, posixpath.dirname(here) or '.')}{part})"

    return _LINK.sub(link, markdown)
