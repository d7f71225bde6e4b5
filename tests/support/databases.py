"""Databases for tests: cloned from a migrated template, and emptied and used again, which takes a tenth of the time."""

import uuid
from dataclasses import dataclass, field

import psycopg
from psycopg.sql import SQL, Composed, Identifier

from models.store.migrate import migrate
from runtime.processes.embedded.postgres import EmbeddedPostgres
from tests.support.servers import libpq_url

TEMPLATE = "template_podium"
_SCHEMA = """
    SELECT md5(string_agg(concat_ws(' ', relname, relkind, attname, atttypid), ',' ORDER BY relname, attnum))
    FROM pg_class LEFT JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0
    WHERE relnamespace = 'public'::regnamespace
"""
_TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
_SEQUENCES = """
    SELECT setval(oid::regclass, 1, false) FROM pg_class
    WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
"""
_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@dataclass
class Databases:
    """The databases of one server that are not in use, and what an empty one looks like."""

    server: EmbeddedPostgres
    spare: list[str] = field(default_factory=list)
    schema: str = ""
    rows: dict[str, str] = field(default_factory=dict)
    """Rows of each table in the template, as a JSON array."""

    def prepare(self) -> None:
        """Make the template."""
        self._administer(SQL("CREATE DATABASE {}").format(Identifier(TEMPLATE)))
        migrate(self.server.url(TEMPLATE))
        with psycopg.connect(libpq_url(self.server.url(TEMPLATE))) as connection:
            self.schema = _schema(connection)
            for (table,) in connection.execute(_TABLES).fetchall():
                query = SQL("SELECT coalesce(json_agg(t), '[]')::text FROM {} t").format(Identifier(table))
                (self.rows[table],) = connection.execute(query).fetchone() or ("[]",)

    def new(self, template: str = TEMPLATE) -> str:
        """Create a database that nobody else gets; return its name. Nobody may be connected to the template."""
        name = f"test_{uuid.uuid4().hex}"
        copy = SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        self._administer(copy.format(Identifier(name), Identifier(template)))
        return name

    def drop(self, name: str) -> None:
        self._administer(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))

    def take(self) -> str:
        """Return the name of an empty database."""
        return self.spare.pop() if self.spare else self.new()

    def give_back(self, name: str) -> None:
        """Empty a database for the next test; one whose schema has changed is dropped."""
        with psycopg.connect(libpq_url(self.server.url(name)), autocommit=True) as connection:
            connection.execute(_OTHERS)
            reusable = _schema(connection) == self.schema
            if reusable:
                self._empty(connection)
        if reusable:
            self.spare.append(name)
        else:
            self.drop(name)

    def _empty(self, connection: psycopg.Connection) -> None:
        with connection.transaction():
            # Without triggers and foreign keys, so that the order of the tables does not matter.
            connection.execute("SET LOCAL session_replication_role = replica")
            for table, rows in self.rows.items():
                connection.execute(SQL("DELETE FROM {}").format(Identifier(table)))
                if rows != "[]":
                    fill = SQL("INSERT INTO {0} SELECT * FROM json_populate_recordset(NULL::{0}, %s)")
                    connection.execute(fill.format(Identifier(table)), (rows,))
            connection.execute(_SEQUENCES)

    def _administer(self, statement: SQL | Composed) -> None:
        with psycopg.connect(libpq_url(self.server.url()), autocommit=True) as connection:
            connection.execute(statement)


def _schema(connection: psycopg.Connection) -> str:
    found = connection.execute(_SCHEMA).fetchone()
    return str(found[0]) if found else ""
