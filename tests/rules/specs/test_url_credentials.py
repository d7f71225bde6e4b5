"""Recognises credentials in the query and path of a URL, and nothing else."""

import pytest

from models.rules.specs.url_credentials import credentials_in


@pytest.mark.parametrize(
    "query",
    [
        "code=Sup3rSecretAzureKey==",
        "private_token=glpat-abcdefghijk",
        "X-Amz-Security-Token=FwoGZXIvYXdzEBYaD",
        "X-Amz-Signature=0123456789abcdef",
        "session_token=correct-horse",
        "authorization=correct-horse",
        "secretkey=correct-horse",
        "clientSecret=correct-horse",
        "X_GOOG_CREDENTIAL=correct-horse",
        "hapikey=0123456789",
        "x-functions-key=Sup3rSecret",
        "key=correct-horse",
        "appid=9a0364b9e99bb480dd25e1f0284c8555",
        "q=ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "id=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.x",
        "x=dGhpcyBpcyBhIHNlY3JldCB0aGF0IGlzIGxvbmc=",
        "token=env:PODIUM_SECRET_A%20and-more-of-it",
    ],
)
def test_a_credential_is_recognised_by_its_name_or_its_looks(query: str) -> None:
    assert len(credentials_in(f"https://a.example/x?page=2&{query}")) == 1


@pytest.mark.parametrize(
    "query",
    [
        "token=env:PODIUM_SECRET_A",
        "sort_key=created_at_and_name",
        "code=US",
        "country_code=DE",
        "key=name",
        "api-version=2024-10-01-preview",
        "workspace=0198c0de-0000-7000-8000-00000000abcd",
        "since=2026-03-02T09:00:00Z",
        "since=20260302T090000Z",
        "callback=https://b.example/results/2026/weekly-report-of-everything",
        "report=quarterly_report_2026_for_everybody",
        "fields=name,description,createdAt,updatedAt",
        "q=supercalifragilisticexpialidocious",
        "number=12345678901234567890123",
        "monkey=capuchinmonkey",
    ],
)
def test_what_people_write_in_queries_is_none(query: str) -> None:
    assert credentials_in(f"https://a.example/x?{query}") == ()


@pytest.mark.parametrize(
    "path",
    [
        "/services/T01234567/B01234567/Ab3dEf6hIj9lMn2pQr5tUv8x",
        "/bot123456789:AAF8sK2jd9Lm3nQp5rTu7vWx1yZ3bD5fH7k/sendMessage",
        "/api/webhooks/1234567890/aB3_dE6fG9hI2jK5lM8nO1pQ4rS7tU0vW3xY6zA9bC2dE5fG8",
        "/a/ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "/hooks/Ab3dEf6hIj9lMn2pQr5tUv8x?page=2",
    ],
)
def test_an_address_that_is_itself_a_secret_is_recognised_by_its_looks(path: str) -> None:
    assert len(credentials_in(f"https://a.example{path}")) == 1


@pytest.mark.parametrize(
    "path",
    [
        "/services/env:PODIUM_SECRET_SLACK_PATH",
        "/v1/projects/my-great-project-2026/locations/us-central1/publishers/google",
        "/runs/0198c0de-0000-7000-8000-00000000abcd/callback",
        "/commits/9a0364b9e99bb480dd25e1f0284c8555aa11bb22",
        "/2026/11/30/TheWeeklyReportOfEverything.html",
        "/openai/deployments/gpt-5-mini/chat/completions",
        "/Microsoft.CognitiveServices/accounts",
    ],
)
def test_what_people_write_in_paths_is_none(path: str) -> None:
    assert credentials_in(f"https://a.example{path}") == ()
