"""Errors that are the same to a person have the same fingerprint, and others have not."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.rules.fingerprint.template import MOST_KEPT, error_key, template_of
from tests.rules.properties import examples

RATE_LIMIT = (
    "status_code: 429, model_name: gpt-5-mini, body: {'message': 'Rate limit reached for gpt-5-mini in organization "
    "org-9fK2aa81 on tokens per min. Limit 200000, Used 198211, Requested 2500. Please try again in 667ms.'}"
)
TRACEBACK = (
    'Traceback (most recent call last):\n  File "/srv/agents/scout.py", line 41, in run\n    raise TimeoutError()\n'
    "TimeoutError: gave up after 3 attempts (12.4s)"
)
VALIDATION = (
    "1 validation error for Answer\nscore\n"
    "  Input should be a valid number [type=float_type, input_value='high', input_type=str]"
)
COMMA = "\N{FULLWIDTH COMMA}"
UUID = "019c1f3e-6a50-7b1e-9d0c-0a1b2c3d4e5f"

TABLE = [
    ("the agent did not answer within 30 s", "the agent did not answer within <n>"),
    ("the agent did not answer within 120.5 s", "the agent did not answer within <n>"),
    (
        RATE_LIMIT,
        "status_code: 429, model_name: <model>, body: {'message': 'Rate limit reached for <model> in organization <id> "
        "on tokens per min. Limit <n>, Used <n>, Requested <n>. Please try again in <n>.'}",
    ),
    (
        "HTTP 503 Service Unavailable from https://hooks.example.com/agents/42?run=018f",
        "HTTP 503 Service Unavailable from <url>",
    ),
    ("HTTP 500 Internal Server Error from https://hooks.example.com/x", "HTTP 500 Internal Server Error from <url>"),
    (
        "POST http://10.0.3.17:8080/run: [Errno 111] Connection refused",
        "POST <url>: [Errno 111] Connection refused",
    ),
    (
        VALIDATION,
        "<n> validation error for Answer score Input should be a valid number "
        "[type=float_type, input_value=<value>, input_type=str]",
    ),
    (
        "Exceeded maximum retries (2) for output validation",
        "Exceeded maximum retries (<n>) for output validation",
    ),
    (
        "401 Unauthorized: invalid API key provided: sk-ab12****9xYz",
        "401 Unauthorized: invalid API key provided: <id>",
    ),
    ("step 'publish-42' failed: KeyError: 'order-88121'", "step 'publish-<n>' failed: KeyError: 'order-<n>'"),
    (
        f"Temporal workflow run:{UUID} was terminated at 2026-11-29T13:04:11.204Z",
        "Temporal workflow run:<uuid> was terminated at <time>",
    ),
    (
        f"Temporal workflow due:{UUID}-2026-11-29T22:00:00Z was not found",
        "Temporal workflow due:<uuid>-<time> was not found",
    ),
    (TRACEBACK, "TimeoutError: gave up after <n> attempts (<n>)"),
    (
        'duplicate key value violates unique constraint "orders_pkey" DETAIL: Key (id)=(4411) already exists.',
        'duplicate key value violates unique constraint "orders_pkey" DETAIL: Key (id)=(<n>) already exists.',
    ),
    (
        "out of memory: tried to allocate 2.50 GiB (GPU 0; 79.15 GiB total; 1.02 GiB free)",
        "out of memory: tried to allocate <n> (GPU <n>; <n> total; <n> free)",
    ),
    (
        "context length exceeded: 131072 tokens max, 140233 tokens requested",
        "context length exceeded: <n> tokens max, <n> tokens requested",
    ),
    ("would spend $12.40 of $10.00 this month", "would spend <n> of <n> this month"),
    (
        "File /tmp/tmpab12cd/out-7.json not found on host worker-6f7d9c9b8-x2x9q",
        "File <path> not found on host <id>",
    ),
    (
        "\x1b[31mError\x1b[0m: commit 3f9d2ac1b7 failed check #1832 for ada@example.org",
        "Error: commit <hex> failed check <n> for <email>",
    ),
    (f"无法连接到服务器 10.1.2.3:5432{COMMA}重试 3 次", f"无法连接到服务器 <ip>{COMMA}重试 <n> 次"),
    ("the host [2001:db8::8a2e:370:7334] is down since 12:04", "the host [<ip>] is down since <time>"),
    ("HTTP/1.1 404 Not Found", "HTTP 404 Not Found"),
    ("exit code 137, after 90 seconds", "exit code 137, after <n>"),
    ("ports 80, 443, 8080 are taken since 29/11/2026 13:04", "ports <n> are taken since <time>"),
    (
        'HTTP 429: {"error": {"code": "rate_limit_exceeded", "message": "slow down, 17 waiting"}}',
        'rate_limit_exceeded HTTP 429: {"error": {"code": "rate_limit_exceeded", "message": "slow down, <n> waiting"}}',
    ),
]
KNOWN = {"gpt-5-mini": "model"}


@pytest.mark.parametrize(("message", "expected"), TABLE)
def test_messages_have_these_templates(message: str, expected: str) -> None:
    assert template_of(message, KNOWN) == expected


def test_the_same_error_has_the_same_key_and_another_one_has_not() -> None:
    def key(error_type: str, message: str) -> int:
        return error_key(error_type, template_of(message))

    assert key("agent_timed_out", TABLE[0][0]) == key("agent_timed_out", TABLE[1][0])
    assert key("agent_failed", TABLE[3][0]) != key("agent_failed", TABLE[4][0])
    assert key("agent_failed", TABLE[5][0]) == key("agent_failed", TABLE[5][0].replace("3.17", "3.99"))
    assert key("agent_failed", "it broke") != key("step_failed", "it broke")
    assert -(2**63) <= key("x", "y") < 2**63


def test_what_is_known_of_the_run_is_replaced_but_not_inside_of_words() -> None:
    known = {"scout": "primitive", "Night desk": "automation", "pod-7": "host", "ab": "run", "r-81": "run"}
    message = "scout of Night desk on pod-7: scouting failed in ab"
    assert template_of(message, known) == "<primitive> of <automation> on <host>: scouting failed in ab"
    assert template_of("GET https://x.example/scout/r-81: /srv/scout/run.py", known) == "GET <url>: <path>"


def test_a_secret_that_looks_like_one_is_not_in_the_template() -> None:
    message = "invalid key sk-proj4Tb9Zq81mNxPw3 for user_8fk2Jd91"
    assert template_of(message) == "invalid key <id> for <id>"


texts = st.text(st.sampled_from("abXYZ019 .,:;=-_/\\'\"@#$%<>()[]{}*\n\té中"), max_size=400) | st.lists(
    st.sampled_from([message for message, _ in TABLE] + ["HTTP", "503", "Not", "s", "12", "<n>"])
).map(" ".join)


@examples(300)
@given(texts)
@example("a" * 299 + " 503 Not Found")
@example("x " * 148 + "HTTP 503")
def test_the_template_of_a_template_is_itself(message: str) -> None:
    found = template_of(message)
    assert len(found) <= MOST_KEPT
    assert template_of(found) == found


@examples(100)
@given(
    st.sampled_from([message for message, _ in TABLE if "HTTP" not in message and "4" not in message[:4]]),
    st.data(),
)
def test_other_numbers_and_ids_make_no_other_template(message: str, data: st.DataObject) -> None:
    kept = ("401", "429", "111", "137")
    other = "".join(data.draw(st.sampled_from("123456789")) if one.isdigit() and one != "0" else one for one in message)
    for code in kept:
        if (place := message.find(code)) >= 0:
            other = other[:place] + code + other[place + 3 :]
    if "gpt-5" in message:
        other = other.replace(other[message.find("gpt-5") : message.find("gpt-5") + 5], "gpt-5")
    assert template_of(other) == template_of(message)


@pytest.mark.parametrize(
    "hostile",
    [
        *("a-" * 2000, "=" * 4000, "='" * 2000, "1:" * 2000, "a@" * 2000, "/." * 2000, "{" * 4000, "1," * 2000),
        *("\x1b[" * 2000, "a." * 2000, "<n> " * 1000, "::" * 2000, "0-0-" * 1000, '{"a":' * 800 + "}"),
        ("a" * 119 + " ") * 33,
    ],
)
def test_hostile_messages_take_no_time(hostile: str) -> None:
    begun = time.process_time()
    template_of(hostile, {"a-a-": "primitive", "1:1:": "automation"})
    assert time.process_time() - begun < 0.1
