"""
Check that a built site asks no other machine for anything: no fonts, scripts, styles or pictures from elsewhere.

`python tools/offline.py site` exits with 1 and names the page and the address.
A link that a reader may follow is fine.
"""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

#: What a browser fetches by itself; `link` only where its `rel` makes it fetch.
FETCHED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src", "audio": "src"}
FETCHED_RELS = {"stylesheet", "preload", "prefetch", "preconnect", "dns-prefetch", "modulepreload", "icon", "manifest"}
IN_STYLES = re.compile(r"(?:url\(\s*['\"]?|@import\s+['\"])((?:https?:)?//[^'\")\s]+)")


class Fetches(HTMLParser):
    """Collects the addresses that a page makes the browser fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one tag."""
        given = dict(attrs)
        if tag == "link" and FETCHED_RELS & set((given.get("rel") or "").split()):
            self.addresses.append(given.get("href") or "")
        elif tag in FETCHED:
            self.addresses.append(given.get(FETCHED[tag]) or "")


def foreign(path: Path) -> list[str]:
    """Give the addresses on other machines that *path*, a page or a style sheet, has fetched."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".css":
        return IN_STYLES.findall(text)
    page = Fetches()
    page.feed(text)
    return [address for address in page.addresses if urlsplit(address).netloc]


def main(site: Path) -> None:
    """Check a whole site."""
    pages = [path for kind in ("*.html", "*.css") for path in sorted(site.rglob(kind))]
    if not pages:
        sys.exit(f"{site}: no pages found. Build the site first: mkdocs build")
    faults = [f"{path}: fetches {address}" for path in pages for address in foreign(path)]
    if faults:
        sys.exit("\n".join(faults))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
