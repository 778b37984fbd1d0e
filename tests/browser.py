"""Finds the Chromium that the browser tests drive: an installed one, or the one that Playwright keeps."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
OF_PLAYWRIGHT = ("chrome-linux*/chrome", "chrome-mac*/*.app/Contents/MacOS/*")


class BrowserMissing(Exception):
    """No browser on this machine; the text says what to run."""


def find_browser() -> str:
    """The path of a Chromium or Chrome.

    Raises:
        BrowserMissing: there is none.
    """
    for name in NAMES:
        if path := shutil.which(name):
            return path
    kept = [MAC] if MAC.exists() else []
    for cache in _playwright_caches():
        for pattern in OF_PLAYWRIGHT:
            kept += sorted(cache.glob(f"chromium-*/{pattern}"), reverse=True)
    if not kept:
        raise BrowserMissing("the tests need a Chromium browser, and found none: run `scripts/setup --tests`")
    return str(kept[0])


def _playwright_caches() -> list[Path]:
    chosen = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    return (
        [Path(chosen)]
        if chosen
        else [Path.home() / ".cache/ms-playwright", Path.home() / "Library/Caches/ms-playwright"]
    )


def main() -> int:
    """`python tests/browser.py`: print the path, or say in one line that there is none."""
    try:
        print(find_browser())
    except BrowserMissing as missing:
        print(missing, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
