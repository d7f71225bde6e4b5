"""Arguments that commands about one automation share."""

from typing import Annotated

import typer

Automation = Annotated[str, typer.Argument(help="The automation's slug or id.")]
Until = Annotated[
    str | None,
    typer.Option(help="When it resumes: a duration such as 2h or 1d12h, or a time such as 2026-03-02T09:00."),
]
Reason = Annotated[str, typer.Option(help="Reason, kept in the audit log.")]
