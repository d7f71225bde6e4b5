"""Every field that people write has a description, and so OpenAPI and docs/reference describe it too."""

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from api.app import create_app
from models.contracts import problems
from models.contracts.automations import declarations
from models.contracts.automations import drafts as automations
from models.contracts.base import Contract
from models.contracts.governance import audit as governance
from models.contracts.governance import keys
from models.contracts.primitives import views as primitives
from models.contracts.primitives.specs import SPECS
from models.contracts.runs import details, overview, parts, tree
from models.contracts.runs import views as runs
from models.contracts.workflows import signals
from models.kinds import KINDS, Kind

WRITTEN: tuple[type[BaseModel], ...] = (
    *SPECS.values(),
    *(
        one
        for module in (
            automations,
            declarations,
            governance,
            keys,
            primitives,
            problems,
            runs,
            details,
            overview,
            parts,
            tree,
            signals,
        )
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, Contract) and one.__module__ == module.__name__
    ),
)


def reachable(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yield a contract and every contract in its fields."""
    yield model
    for field in model.model_fields.values():
        for inner in models_in(field.annotation):
            if inner is not model:
                yield from reachable(inner)


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)


@pytest.mark.parametrize("model", WRITTEN, ids=lambda model: model.__name__)
def test_every_field_is_described(model: type[BaseModel]) -> None:
    missing = {
        f"{one.__name__}.{name}"
        for one in reachable(model)
        for name, field in one.model_fields.items()
        if not field.description and not field.json_schema_extra
    }
    assert not missing, "write a docstring below each of these fields"


def test_openapi_describes_the_spec_of_each_kind() -> None:
    schemas = create_app().openapi()["components"]["schemas"]
    mapping = schemas["PrimitiveDraft"]["discriminator"]["mapping"]
    assert set(mapping) == {kind.value for kind in Kind}
    for kind in Kind:
        draft = schemas[mapping[kind.value].rpartition("/")[2]]
        assert draft["title"] == f"{KINDS[kind].label}Draft"
        assert draft["properties"]["kind"]["const"] == kind.value
        assert draft["properties"]["spec"]["$ref"].endswith(f"/{SPECS[kind].__name__}")
        assert draft["required"] == ["kind", "slug", "name", "spec"]


def test_openapi_discriminates_runners_by_type() -> None:
    schemas = create_app().openapi()["components"]["schemas"]
    runner = schemas["AgentSpec"]["properties"]["runner"]
    assert runner["discriminator"]["propertyName"] == "type"
    assert set(runner["discriminator"]["mapping"]) == {"model", "http", "python", "simulated"}
