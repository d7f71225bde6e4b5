"""Fails a test if one of its pages has an error that the test did not announce.

An announced error that does not happen fails the test as well.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from playwright.async_api import BrowserContext, ConsoleMessage, Page, Request, Response

FIRST_REFUSAL = 400
OURS = ("data:", "blob:")
# Chromium also logs error statuses to the console.
TOLD_BY_STATUS = "Failed to load resource: the server responded with a status of"
NO_ANSWER = re.compile(r"Failed to load resource: net::\w+")


@dataclass
class Watch:
    """The errors in a browser context, and those that its test expects."""

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
    """Watch the pages of a context anew; they may only send requests to this URL."""
    if context not in _watches:
        context.on("response", lambda response: _watches[context].answered(response))
        context.on("request", lambda request: _watches[context].asked(request))
        context.on("console", lambda message: _watches[context].said(message))
        context.on("weberror", lambda error: _watches[context].complaints.append(f"not caught: {error.error}"))
    _watches[context] = Watch(url)
    return _watches[context]


def expected_answers(pages: Page | BrowserContext, *statuses: int) -> None:
    """Expect responses with these statuses; each must occur."""
    watched(pages).expected.update(statuses)


def expected_silence(pages: Page | BrowserContext) -> None:
    """Expect at least one request without a response."""
    watched(pages).may_be_silent = True


def expected_complaint(pages: Page | BrowserContext, part: str) -> None:
    """Expect an error in the console that contains this text."""
    watched(pages).expected_complaints.append(part)


def watched(pages: Page | BrowserContext) -> Watch:
    return _watches[pages.context if isinstance(pages, Page) else pages]


def wrong(watch: Watch) -> list[str]:
    """Return the unexpected errors, and the expected ones that did not happen."""
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
