"""Reads the body of a verified delivery: content encoding, charset, form or JSON.

The sender of a verified body usually cannot change it, so what can be kept is kept and noted: characters that cannot be
stored become U+FFFD, decimals the nearest double, and of equal names the last one counts. What cannot be read at all
raises `Invalid`, and the caller records the refusal.
"""

import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from urllib.parse import unquote_to_bytes

from pydantic import JsonValue

from api.http.bodies import parse_json
from models.errors import Invalid, PayloadTooLarge, UnsupportedBody
from models.rules.json.reading import loss_note
from models.rules.json.storable import replacement_note, with_replacements

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 1000
_ZLIB, _RAW_DEFLATE, _GZIP = zlib.MAX_WBITS, -zlib.MAX_WBITS, zlib.MAX_WBITS | 16
# Only encodings of text: Python also knows codecs such as rot13 and zlib.
_CHARSET = re.compile(
    r"utf-?(8|16|32)(-?[lb]e)?|us-ascii|ascii|latin-?1|iso-?8859-?\d{1,2}|(windows|cp)-?\d{3,4}|koi8-[rtu]"
    r"|shift[_-]?jis|euc-(jp|kr)|iso-2022-(jp|kr)|gb(2312|k|18030)|big5(-?hkscs)?|macintosh|tis-620"
)


@dataclass(frozen=True, slots=True)
class ReadBody:
    """A payload, and what was changed to make it readable and storable."""

    payload: JsonValue
    notes: tuple[str, ...] = ()

    @property
    def note(self) -> str | None:
        return "; ".join(self.notes) or None


def read_body(body: bytes, headers: Mapping[str, str], max_bytes: int, *, root: str = "payload") -> ReadBody:
    """Read a body as JSON or as a form; None if it is empty. The paths in its notes begin with `root`.

    Raises:
        UnsupportedBody: the encoding, charset or media type is not supported.
        PayloadTooLarge: the body is over the limit once it is unpacked.
        Invalid: the body is neither JSON nor a form; the field is `body`.
    """
    raw = unpack(body, headers.get("content-encoding", ""), max_bytes)
    if not raw.strip():
        return ReadBody(None)
    media_type, charset = content_type(headers.get("content-type", ""))
    notes: list[str] = []
    value: JsonValue
    if media_type == FORM and not _looks_like_json(raw):
        value = _form_value(raw, charset, headers, notes, root)
    elif media_type.startswith("multipart/"):
        raise UnsupportedBody(
            f"bodies of type {media_type} are not read", field="body", hint=f"Send application/json or {FORM}."
        )
    else:
        value = _json(raw, charset, media_type, notes, root)
    stored, replaced = with_replacements(value)
    if replaced:
        notes.append(replacement_note(replaced))
    return ReadBody(stored, tuple(notes))


def unpack(body: bytes, content_encoding: str, max_bytes: int) -> bytes:
    """Undo `Content-Encoding`, of which several may be listed, within the limit."""
    for name in reversed([part.strip().lower() for part in content_encoding.split(",") if part.strip()]):
        match name:
            case "identity":
                continue
            case "gzip" | "x-gzip":
                body = _inflate(body, _GZIP, name, max_bytes)
            case "deflate":
                # Senders disagree whether the zlib header belongs to it.
                has_header = len(body) > 1 and body[0] & 15 == 8 and (body[0] * 256 + body[1]) % 31 == 0
                body = _inflate(body, _ZLIB if has_header else _RAW_DEFLATE, name, max_bytes)
            case _:
                raise UnsupportedBody(
                    f"the content encoding {name[:40]!r} is not supported", field="body", hint="Use gzip or deflate."
                )
    return body


def content_type(header: str) -> tuple[str, str | None]:
    """Return the media type and charset of a Content-Type header, both in lower case."""
    message = Message()
    message["content-type"] = header
    charset = message.get_param("charset")
    media_type = header.partition(";")[0].strip().lower()
    return media_type, charset.strip().lower() if isinstance(charset, str) and charset.strip() else None


def parse_form(raw: bytes, charset: str | None = None) -> tuple[dict[str, JsonValue], tuple[str, ...]]:
    """Parse a form by the rules of the WHATWG URL standard; a repeated name becomes a list.

    Percent-encoded bytes that are not UTF-8 are read in the declared charset, else as windows-1252.
    """
    pairs = [pair for pair in raw.split(b"&") if pair]
    if len(pairs) > MOST_FIELDS:
        raise Invalid(f"a form must have at most {MOST_FIELDS} fields", field="body")
    found: dict[str, list[JsonValue]] = {}
    fallback = False
    for pair in pairs:
        name, _, value = pair.replace(b"+", b" ").partition(b"=")
        texts = []
        for part in (name, value):
            text, fell_back = _form_text(unquote_to_bytes(part), charset)
            fallback = fallback or fell_back
            texts.append(text)
        found.setdefault(texts[0], []).append(texts[1])
    form: dict[str, JsonValue] = {name: values[0] if len(values) == 1 else values for name, values in found.items()}
    return form, (("text that is not UTF-8 read as windows-1252",) if fallback else ())


def _form_value(raw: bytes, charset: str | None, headers: Mapping[str, str], notes: list[str], root: str) -> JsonValue:
    form, changed = parse_form(raw, _known(charset) if charset else None)
    notes.extend(changed)
    document = form.get("payload")
    # GitHub sends its JSON in this field; in every other form it is the sender's own.
    if "x-github-event" in headers and isinstance(document, str):
        return _parsed(document, notes, root)
    return form


def _json(raw: bytes, charset: str | None, media_type: str, notes: list[str], root: str) -> JsonValue:
    encoding = _known(charset) if charset else json.detect_encoding(raw)
    try:
        text = raw.decode("utf-8-sig" if encoding in {"utf-8", "utf8"} else encoding, "surrogatepass")
    except (UnicodeDecodeError, LookupError):
        text = raw.decode(encoding, "replace")
        notes.append(f"bytes that are not {encoding} replaced")
    try:
        return _parsed(text, notes, root)
    except Invalid as error:
        if media_type == FORM:
            error.detail = f"the body looks like JSON, but it is sent as a form and cannot be read: {error.detail}"
            error.hint = "Send Content-Type: application/json with JSON."
        elif _looks_like_form(text):
            error.hint = f"Send Content-Type: {FORM} with a form."
        raise


def _parsed(text: str, notes: list[str], root: str) -> JsonValue:
    read = parse_json(text, root)
    if note := loss_note(read.losses):
        notes.append(note)
    return read.value


def _inflate(body: bytes, window_bits: int, name: str, max_bytes: int) -> bytes:
    unpacked = bytearray()
    rest = body
    try:
        # A gzip body may consist of several members.
        while rest and len(unpacked) <= max_bytes:
            inflater = zlib.decompressobj(window_bits)
            unpacked += inflater.decompress(rest, max_bytes + 1 - len(unpacked))
            if not inflater.eof and len(unpacked) <= max_bytes:
                raise UnsupportedBody(f"the body ends before its {name} encoding does", field="body")
            rest = inflater.unused_data
    except zlib.error:
        raise UnsupportedBody(f"the body is not {name}, as its Content-Encoding says", field="body") from None
    if len(unpacked) > max_bytes:
        raise PayloadTooLarge(f"the unpacked body is over {max_bytes} bytes", field="body")
    return bytes(unpacked)


def _known(charset: str) -> str:
    if not _CHARSET.fullmatch(charset):
        raise UnsupportedBody(f"the charset {charset[:40]!r} is not supported", field="body", hint="Send UTF-8.")
    try:
        "".encode(charset)
    except LookupError:
        raise UnsupportedBody(f"the charset {charset[:40]!r} is not supported", field="body") from None
    return charset


def _form_text(raw: bytes, charset: str | None) -> tuple[str, bool]:
    try:
        return raw.decode(), False
    except UnicodeDecodeError:
        if charset and not charset.startswith("utf"):
            return raw.decode(charset, "replace"), False
        return raw.decode("windows-1252", "replace"), True


def _looks_like_json(raw: bytes) -> bool:
    # Forms percent-encode both characters; `curl -d '{...}'` sends JSON with the type of a form.
    return raw.lstrip()[:1] in {b"{", b"["}


def _looks_like_form(text: str) -> bool:
    return re.match(r"[\w.%+\[\]-]{1,100}=", text) is not None
