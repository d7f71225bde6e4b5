"""Arguments that commands about one automation share."""

from typing import Annotated

import typer

Automation = Annotated[str, typer.Argument(help="The automation's slug or id.")]
Reason = Annotated[str, typer.Option(help="Reason, kept in the audit log.")]
