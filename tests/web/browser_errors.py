"""Watches every page of a test: what goes wrong there fails it, unless the test has said that it is to come.

The rule kept here: whoever says that something will go wrong and does not see it go wrong fails as well.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from playwright.async_api import BrowserContext, ConsoleMessage, Page, Request, Response

FIRST_REFUSAL = 400
OURS = ("data:", "blob:")
# Chromium says in the console what the answer's status has said already.
TOLD_BY_STATUS = "Failed to load resource: the server responded with a status of"
NO_ANSWER = re.compile(r"Failed to load resource: net::\w+")


@dataclass
class Watch:
    """What went wrong in a browser context, and what its test has said will go wrong."""

    url: str
    complaints: list[str] = field(default_factory=list)
    refusals: list[tuple[int, str]] = field(default_factory=list)
    silences: list[str] = field(default_factory=list)
    expected: set[int] = field(default_factory=set)
    may_be_silent: bool = False
    expected_complaints: list[str] = field(default_factory=list)

    def answered(self, response: Response) -> None:
        if response.status >= FIRST_REFUSAL:
            self.refusals.append((response.status, f"{response.request.method} {urlsplit(response.url).path}"))

    def asked(self, request: Request) -> None:
        if not request.url.startswith((self.url, *OURS)):
            self.complaints.append(f"asked somebody else: {request.url}")

    def said(self, message: ConsoleMessage) -> None:
        if message.type != "error" or message.text.startswith(TOLD_BY_STATUS):
            return
        told = f"{message.text} ({message.location['url']})"
        (self.silences if NO_ANSWER.match(message.text) else self.complaints).append(told)


_watches: WeakKeyDictionary[BrowserContext, Watch] = WeakKeyDictionary()


def watch(context: BrowserContext, url: str) -> Watch:
    """Begin to watch the pages of a context that may ask this address only."""
    found = _watches[context] = Watch(url)
    context.on("response", found.answered)
    context.on("request", found.asked)
    context.on("console", found.said)
    context.on("weberror", lambda error: found.complaints.append(f"not caught: {error.error}"))
    return found


def expected_answers(pages: Page | BrowserContext, *statuses: int) -> None:
    """Say that the server will answer with these statuses; each of them has to come."""
    watched(pages).expected.update(statuses)


def expected_silence(pages: Page | BrowserContext) -> None:
    """Say that requests will get no answer; at least one of them has to get none."""
    watched(pages).may_be_silent = True


def expected_complaint(pages: Page | BrowserContext, part: str) -> None:
    """Say that the console will have an error with this in it."""
    watched(pages).expected_complaints.append(part)


def watched(pages: Page | BrowserContext) -> Watch:
    """Give what watches these pages."""
    return _watches[pages.context if isinstance(pages, Page) else pages]


def wrong(watch: Watch) -> list[str]:
    """Tell what went wrong and was not expected, and what was expected and did not happen."""
    came = {status for status, _ in watch.refusals}
    return [
        *(one for one in watch.complaints if not any(part in one for part in watch.expected_complaints)),
        *(f"{status} to {what}" for status, what in watch.refusals if status not in watch.expected),
        *([] if watch.may_be_silent else watch.silences),
        *(f"{status} was expected and did not come" for status in sorted(watch.expected - came)),
        *(["silence was expected and all was answered"] if watch.may_be_silent and not watch.silences else []),
        *(
            f"{part!r} was expected and nothing complained of it"
            for part in watch.expected_complaints
            if not any(part in one for one in watch.complaints)
        ),
    ]
