"""A verified delivery is never dropped: it is read, or recorded with the reason for refusing it."""

import gzip
import json
import zlib
from typing import Any

import httpx2
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from api.http.metrics import REFUSED, UNREADABLE
from models.store.tables.deliveries import Delivery
from tests.api import signing
from tests.api.bodies import agent, automation, deliveries, made

SECRET = "a shared secret"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
async def hook(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", agent())
    webhook = {"path": "hook", "verification": "github", "secret": SECRET}
    await made(client, "/api/automations", automation("hook", "webhook", webhook=webhook))
    plain = {"path": "plain", "verification": "none"}
    await made(client, "/api/automations", automation("plain", "webhook", webhook=plain))


async def send(client: httpx2.AsyncClient, body: bytes, **headers: str) -> httpx2.Response:
    signed = httpx2.Headers(signing.github(body, SECRET, "push", "d"))
    signed.update({name.replace("_", "-"): value for name, value in headers.items()})
    return await client.post("/api/webhooks/hook", content=body, headers=signed)


async def form(client: httpx2.AsyncClient, body: bytes | str, content_type: str = FORM) -> httpx2.Response:
    return await client.post("/api/webhooks/plain", content=body, headers={"Content-Type": content_type})


async def stored(session: AsyncSession, answer: httpx2.Response) -> Delivery:
    assert answer.status_code == 202, answer.text
    assert len(answer.json()["runs"]) == 1
    return await session.get_one(Delivery, answer.json()["deliveryId"])


@pytest.mark.parametrize(
    ("body", "payload", "note"),
    [
        (rb'{"a": "x\u0000y"}', {"a": "x�y"}, "1 character that cannot be stored replaced"),
        (rb'{"a": ["\ud83d", "\ud83d\ude00"]}', {"a": ["�", "😀"]}, "1 character that cannot be stored replaced"),
        (rb'{"k\u0000": 1, "k\ud800": 2}', {"k�": 1, "k��": 2}, "2 characters that cannot be stored replaced"),
        (
            rb'{"k\u0000": 1e-400}',
            {"k�": 0},
            "payload.k�: 1e-400 is too small for a number; 1 character that cannot be stored replaced",
        ),
        (b'{"a": "\xff"}', {"a": "�"}, "bytes that are not utf-8 replaced"),
        ('{"a": "é"}'.encode("utf-16"), {"a": "é"}, None),
    ],
)
async def test_characters_that_cannot_be_stored_are_replaced_and_noted(
    client: httpx2.AsyncClient,
    anonymous: httpx2.AsyncClient,
    session: AsyncSession,
    body: bytes,
    payload: Any,
    note: Any,
) -> None:
    row = await stored(session, await send(anonymous, body))
    assert (row.payload, row.note, row.body, row.size) == (payload, note, body, len(body))
    assert (await client.get(f"/api/deliveries/{row.id}")).json()["note"] == note


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", lambda body: gzip.compress(body[:3], mtime=0) + gzip.compress(body[3:])),
        ("deflate", zlib.compress),
        ("deflate", raw_deflate),
        ("identity", bytes),
        ("deflate, gzip", lambda body: gzip.compress(zlib.compress(body))),
    ],
)
async def test_compressed_bodies_are_decompressed(
    anonymous: httpx2.AsyncClient, session: AsyncSession, encoding: str, pack: Any
) -> None:
    row = await stored(session, await send(anonymous, pack(b'{"ref": "main"}'), content_encoding=encoding))
    assert row.payload == {"ref": "main"}


@pytest.mark.parametrize("charset", ["iso-8859-1", "Windows-1252", "utf-16", "UTF-8", '"utf8"'])
async def test_a_named_charset_is_decoded(anonymous: httpx2.AsyncClient, session: AsyncSession, charset: str) -> None:
    body = '{"name": "été"}'.encode(charset.strip('"'))
    row = await stored(session, await send(anonymous, body, content_type=f"application/json; charset={charset}"))
    assert row.payload == {"name": "été"}


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (gzip.compress('{"name": "été"}'.encode(), mtime=0), {"Content-Encoding": "gzip"}),
        (zlib.compress('{"name": "été"}'.encode()), {"Content-Encoding": "deflate"}),
        ('{"name": "été"}'.encode("latin-1"), {"Content-Type": "application/json; charset=iso-8859-1"}),
        ('{"name": "été"}'.encode("utf-16"), {}),
    ],
)
@pytest.mark.parametrize("secret", ["a plain secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
async def test_a_standard_signature_covers_bytes_that_are_not_utf_8(
    client: httpx2.AsyncClient,
    anonymous: httpx2.AsyncClient,
    session: AsyncSession,
    body: bytes,
    headers: dict[str, str],
    secret: str,
) -> None:
    webhook = {"path": "signed", "verification": "standard", "secret": secret}
    await made(client, "/api/automations", automation("signed", "webhook", webhook=webhook))
    signed = {**signing.standard(body, secret), **headers}
    row = await stored(session, await anonymous.post("/api/webhooks/signed", content=body, headers=signed))
    assert row.payload == {"name": "été"}
    forged = {**signed, "webhook-id": "another"}
    assert (await anonymous.post("/api/webhooks/signed", content=body, headers=forged)).status_code == 401


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"x", {"content_encoding": "br"}, 415, "unsupported_body"),
        (b"not packed", {"content_encoding": "gzip"}, 415, "unsupported_body"),
        (gzip.compress(b'{"a": 1}', mtime=0)[:-12], {"content_encoding": "gzip"}, 415, "unsupported_body"),
        (gzip.compress(b" " * 2_000_000, mtime=0), {"content_encoding": "gzip"}, 422, "payload_too_large"),
        (b"{}", {"content_type": "application/json; charset=rot13"}, 415, "unsupported_body"),
        (b"--x\r\n", {"content_type": "multipart/form-data; boundary=x"}, 415, "unsupported_body"),
        (b"{", {}, 422, "invalid"),
        (b"[" * 100 + b"]" * 100, {}, 422, "invalid"),
    ],
)
async def test_an_unreadable_body_is_recorded_with_the_reason_and_counted(
    client: httpx2.AsyncClient,
    anonymous: httpx2.AsyncClient,
    session: AsyncSession,
    body: bytes,
    headers: dict[str, str],
    status: int,
    code: str,
) -> None:
    before = UNREADABLE.labels("webhook", code)._value.get()
    answer = await send(anonymous, body, **headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    (kept,) = await deliveries(client, outcome="rejected")
    assert (kept["outcome"], kept["size"], kept["payload"]) == ("rejected", len(body), None)
    assert kept["note"] == answer.json()["detail"]
    assert (await session.get_one(Delivery, kept["id"])).body == b""
    assert UNREADABLE.labels("webhook", code)._value.get() == before + 1
    assert (await client.post(f"/api/deliveries/{kept['id']}/replay")).status_code == 409


@pytest.mark.parametrize(
    ("body", "payload"),
    [
        ("tag=a&tag=b&x=1", {"tag": ["a", "b"], "x": "1"}),
        ("a=1&b=2&", {"a": "1", "b": "2"}),
        ("a&b=1", {"a": "", "b": "1"}),
        ("=x&&q=a+b%2B%", {"": "x", "q": "a b+%"}),
        ("payload=hello", {"payload": "hello"}),
        ("name=%C3%A9t%C3%A9", {"name": "été"}),
        ("name=%E9t%E9", {"name": "été"}),
        ('{"url":"https://x.test/?q=1&r=2"}', {"url": "https://x.test/?q=1&r=2"}),
    ],
)
async def test_forms_are_read_as_browsers_read_them(
    anonymous: httpx2.AsyncClient, session: AsyncSession, body: str, payload: Any
) -> None:
    assert (await stored(session, await form(anonymous, body))).payload == payload


async def test_text_of_a_form_that_is_not_utf_8_is_noted_unless_its_charset_is_declared(
    anonymous: httpx2.AsyncClient, session: AsyncSession
) -> None:
    row = await stored(session, await form(anonymous, "name=%E9"))
    assert row.note == "text that is not UTF-8 read as windows-1252"
    row = await stored(session, await form(anonymous, "name=%B1", f"{FORM}; charset=iso-8859-2"))
    assert (row.payload, row.note) == ({"name": "ą"}, None)


async def test_invalid_json_sent_as_a_form_is_refused_with_a_hint_about_its_content_type(
    anonymous: httpx2.AsyncClient,
) -> None:
    answer = await form(anonymous, '{"a": 1')
    assert answer.status_code == 422
    assert "application/json" in answer.json()["hint"]
    answer = await form(anonymous, "a=1&b=2", "text/plain")
    assert (answer.status_code, FORM in answer.json()["hint"]) == (422, True)


async def test_github_s_form_is_unwrapped(anonymous: httpx2.AsyncClient, session: AsyncSession) -> None:
    body = b"payload=%7B%22zen%22%3A+%22Keep+it+simple.%22%7D"
    assert (await stored(session, await send(anonymous, body, content_type=FORM))).payload == {"zen": "Keep it simple."}


async def test_a_github_ping_is_ignored_unless_subscribed_to(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient
) -> None:
    body = signing.github_payload("ping")
    headers = signing.github(body, SECRET, "ping", "d1")
    answer = await anonymous.post("/api/webhooks/hook", content=body, headers=headers)
    assert (answer.status_code, answer.json()["runs"]) == (202, [])
    kept = (await client.get("/api/deliveries")).json()["items"][0]
    assert kept["outcome"] == "ignored"
    assert "webhook.pings" in kept["note"]
    assert (await client.patch("/api/automations/hook", json={"webhook": {"pings": True}})).status_code == 200
    assert (await client.get("/api/automations/hook")).json()["webhook"]["pings"] is True
    other = json.dumps({**json.loads(body), "hook_id": 2}).encode()
    answer = await anonymous.post(
        "/api/webhooks/hook", content=other, headers=signing.github(other, SECRET, "ping", "d2")
    )
    assert len(answer.json()["runs"]) == 1


@pytest.mark.parametrize(
    "event",
    [
        {"type": "message", "bot_id": "B1", "text": "hi"},
        {"type": "message", "subtype": "bot_message"},
        {"type": "message", "subtype": "message_changed", "message": {"bot_id": "B1"}},
        {"type": "message", "subtype": "message_deleted", "previous_message": {"bot_id": "B1"}},
    ],
)
async def test_a_slack_message_from_a_bot_is_ignored_unless_subscribed_to(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient, event: dict[str, Any]
) -> None:
    for slug, more in (("quiet", {}), ("chatty", {"bots": True})):
        slack = {"events": ["message"], "secret": SECRET, **more}
        await made(client, "/api/automations", automation(slug, "slack", slack=slack))

    async def post(event_id: str) -> Any:
        body = json.dumps({"type": "event_callback", "event_id": event_id, "event": event}).encode()
        answer = await anonymous.post("/api/triggers/slack", content=body, headers=signing.slack(body, SECRET))
        assert answer.status_code == 202, answer.text
        return answer.json()

    assert len((await post("Ev1"))["runs"]) == 1
    await client.delete("/api/automations/chatty")
    assert (await post("Ev2"))["runs"] == []
    kept = (await client.get("/api/deliveries")).json()["items"][0]
    assert (kept["outcome"], "slack.bots" in kept["note"]) == ("ignored", True)


@pytest.mark.parametrize(
    ("webhook", "field"),
    [
        ({"secret": "v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, "webhook.secret"),
        ({"secret": "whsec_"}, "webhook.secret"),
        ({"secret": "whsec_%%%%"}, "webhook.secret"),
        ({"secret": "x"}, "webhook.secret"),
        ({"secret": "long enough\n"}, "webhook.secret"),
        ({"verification": "github", "secret": " padded "}, "webhook.secret"),
        ({"verification": "header", "secret": "line\r\nend"}, "webhook.secret"),
        ({"verification": "header", "secret": "schlüssel"}, "webhook.secret"),
        ({"secret": "fine", "previousSecret": "y"}, "webhook.previousSecret"),
        *(
            ({"verification": "header", "secret": "fine", "header": name}, "webhook.header")
            for name in ("X-Request-Id", "Idempotency-Key", "user-agent", "Content-Length", "Traceparent")
        ),
    ],
)
async def test_a_secret_that_cannot_verify_or_would_leak_is_refused_at_save(
    client: httpx2.AsyncClient, webhook: dict[str, Any], field: str
) -> None:
    body = automation("bad", "webhook", webhook={"path": "bad", **webhook})
    answer = await client.post("/api/automations", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text


async def test_an_event_that_cannot_be_used_is_recorded_with_its_reason(client: httpx2.AsyncClient) -> None:
    before = UNREADABLE.labels("event", "invalid")._value.get()
    body = b'{"eventName": "order", "payload": {"n": ' + b"9" * 400 + b"}}"
    answer = await client.post("/api/triggers/event", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["field"]) == (422, "payload.n")
    (row,) = await deliveries(client, outcome="rejected")
    assert (row["endpoint"], row["source"], row["sentBy"]) == ("event:order", "event", "administrator")
    assert (row["note"], row["size"], row["payload"]) == (answer.json()["detail"], len(body), None)
    assert UNREADABLE.labels("event", "invalid")._value.get() == before + 1


async def test_an_event_that_is_no_json_is_counted_with_its_code(client: httpx2.AsyncClient) -> None:
    counter = REFUSED.labels("/api/triggers/event", "invalid")
    before = counter._value.get()
    headers = {"Content-Type": "application/json"}
    for body in (b'{"eventName": "order", "payload": 1e400}', b'{"eventName": 5}'):
        answer = await client.post("/api/triggers/event", content=body, headers=headers)
        assert answer.status_code == 422
    assert counter._value.get() == before + 2
