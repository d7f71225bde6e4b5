"""The API lists exactly the model providers that the library supports."""

from contextlib import suppress
from typing import get_args

import pytest
from pydantic_ai.models import KnownModelName
from pydantic_ai.providers import infer_provider_class

from models.rules.specs.runners import MODEL_PROVIDERS


@pytest.mark.parametrize("name", sorted(MODEL_PROVIDERS))
def test_the_library_knows_every_listed_provider(name: str) -> None:
    # An ImportError means that the provider is known and its own library is not installed.
    with suppress(ImportError):
        infer_provider_class(name)


def test_every_provider_of_a_known_model_is_listed() -> None:
    known = {name.partition(":")[0] for name in get_args(KnownModelName.__value__) if ":" in name}
    assert {name for name in known if not name.startswith("gateway/")} <= MODEL_PROVIDERS
