"""The declarative base and the column types of all tables. Tables have no behaviour."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import DateTime, Enum, MetaData, Numeric, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

from models.rules.json.equality import same_json

CONVENTION = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class ExactJson(JSONB):
    """JSONB whose changes are told apart as JSON: `1` and `true` are different values."""

    def compare_values(self, x: Any, y: Any) -> bool:
        return same_json(x, y)


Json = ExactJson(none_as_null=True)


class Base(DeclarativeBase):
    """The base of all tables: times are `timestamptz`, money is `numeric`."""

    metadata = MetaData(naming_convention=CONVENTION)
    type_annotation_map = {
        datetime: DateTime(timezone=True),
        str: Text(),
        Decimal: Numeric(18, 8),
        dict[str, Any]: Json,
        list[Any]: Json,
    }


Id = Annotated[UUID, mapped_column(primary_key=True)]
MONEY_SUM = Numeric(38, 8)
"""Wider than what is summed by twenty digits: a sum can never refuse a summand."""


def enum_column(values: type[StrEnum]) -> Enum:
    """Store an enum as text with a CHECK constraint, so that a new value needs no new database type."""
    return Enum(
        values,
        native_enum=False,
        length=32,
        name=values.__name__.lower(),
        create_constraint=True,
        values_callable=lambda members: [member.value for member in members],
    )
