"""What an outgoing URL must look like before anything is resolved."""

from urllib.parse import urlsplit

from models.errors import Invalid


def check_url(url: str, *, field: str) -> None:
    """Raise `Invalid` unless the text is an absolute http or https URL without a user in it."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise Invalid(f"{url!r} is no URL: {error}", field=field) from None
    if parts.scheme not in {"http", "https"} or not host or url != url.strip() or " " in url:
        raise Invalid(f"{url!r} is no URL that can be called", field=field, hint="Write https://host/path.")
    if parts.username is not None or parts.password is not None:
        raise Invalid("a URL must not carry a user or password", field=field, hint="Put them into a header.")
