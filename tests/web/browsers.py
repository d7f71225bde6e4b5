"""Finds a Chromium: Playwright's, the system's, Playwright's downloaded now, or Debian's in CI as root.

The headless shell is the same engine without the desktop browser around it, for three quarters of the CPU.
"""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from playwright.async_api import Browser, Playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL = ("apt-get", "install", "-y", "--no-install-recommends")
PACKAGES = ("chromium-headless-shell", "chromium")
INSTALL_SECONDS = 300
# Containers lack the user namespaces for Chromium's sandbox; only our own page is opened.
# One renderer for all pages of a context: a new one compiles our code anew.
ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage", "--process-per-site")


async def launch(playwright: Playwright) -> Browser | None:
    """Start a browser; None if no browser can be found or installed."""
    found = own_chromium(playwright) or system_chromium() or fetched_chromium(playwright) or installed_chromium()
    if found is None:
        return None
    return await playwright.chromium.launch(executable_path=found, args=[*ARGUMENTS])


def own_chromium(playwright: Playwright) -> str | None:
    """Return the path of the Chromium that `playwright install` has downloaded."""
    path = Path(playwright.chromium.executable_path)
    return str(path) if path.exists() else None


def system_chromium() -> str | None:
    """Return the path of an installed Chromium."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def fetched_chromium(playwright: Playwright) -> str | None:
    """Download Playwright's Chromium, once per machine; None if the download server cannot be reached."""
    command = (sys.executable, "-m", "playwright", "install", "chromium")
    try:
        subprocess.run(command, capture_output=True, timeout=INSTALL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return None
    return own_chromium(playwright)


@cache
def installed_chromium() -> str | None:
    """Install Debian's Chromium, but only in continuous integration and as root."""
    if os.environ.get("CI") != "true" or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    if _done("apt-get", "update") and any(_done(*INSTALL, package) for package in PACKAGES):
        return system_chromium()
    return None


def _done(*command: str) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, timeout=INSTALL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
