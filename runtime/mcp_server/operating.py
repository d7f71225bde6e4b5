"""Tools that change something. Their docstrings are what an assistant is told of them."""

from typing import Annotated, Any, Literal

from mcp.server.mcpserver import Context
from pydantic import Field, JsonValue

from runtime.mcp_server.calling import Api, part
from runtime.mcp_server.reading import RunId, Slug, Tool

Reason = Annotated[str, Field(max_length=1000, description="Why; kept in the audit log.")]
ENDS = frozenset({"cancel_run"})
"""Tools whose effect cannot be taken back."""


def tools(api: Api) -> tuple[Tool, ...]:
    """Return the tools that change something."""
    return (*_of_automations(api), *_of_runs(api))


def _of_automations(api: Api) -> tuple[Tool, ...]:
    async def fire(
        context: Context,
        automation: Slug,
        idempotency_key: Annotated[
            str, Field(min_length=1, max_length=200, description="The same key starts nothing twice.")
        ],
        payload: Annotated[JsonValue, Field(description="Input of the run. null: the automation's own.")] = None,
    ) -> Any:
        """Start a run of an automation now. Budgets and flow control count: it may wait, or be skipped for a reason."""
        body = {"payload": payload, "idempotencyKey": idempotency_key}
        return await api.post(context, f"/api/automations/{part(automation)}/fire", body)

    async def pause(
        context: Context,
        automation: Slug,
        reason: Reason,
        until: Annotated[str | None, Field(description="When it resumes by itself: ISO 8601 with an offset.")] = None,
    ) -> Any:
        """Pause an automation: nothing fires it until somebody resumes it, or until then."""
        return await api.post(context, f"/api/automations/{part(automation)}/pause", {"reason": reason, "until": until})

    async def resume(context: Context, automation: Slug) -> Any:
        """Resume a paused or disabled automation."""
        return await api.post(context, f"/api/automations/{part(automation)}/resume", {})

    return fire, pause, resume


def _of_runs(api: Api) -> tuple[Tool, ...]:
    async def decide_approval(
        context: Context,
        run: RunId,
        step: Annotated[str, Field(min_length=1, description="The key of the step that waits for a decision.")],
        decision: Literal["approve", "reject"],
        comment: Annotated[str, Field(max_length=2000, description="Why; part of the step's output.")],
    ) -> Any:
        """Approve or reject a step of a workflow's run that waits for a decision."""
        argument = {"step": step, "comment": comment}
        return await api.post(context, f"/api/runs/{part(run)}/signal", {"signal": decision, "argument": argument})

    async def cancel_run(context: Context, run: RunId, reason: Reason) -> Any:
        """Cancel a run that is still open, with everything below it."""
        return await api.post(context, f"/api/runs/{part(run)}/cancel", {"reason": reason})

    async def rerun(
        context: Context,
        run: RunId,
        idempotency_key: Annotated[
            str, Field(min_length=1, max_length=200, description="The same key starts nothing twice.")
        ],
    ) -> Any:
        """Run an ended run again with the input that it had."""
        return await api.post(context, f"/api/runs/{part(run)}/rerun", {}, **{"Idempotency-Key": idempotency_key})

    async def decide_error(
        context: Context,
        error: Annotated[str, Field(description="The key of a group of errors.")],
        decision: Literal["resolve", "reopen", "ignore"],
        reason: Reason,
    ) -> Any:
        """Resolve a group of errors (a later run opens it again), ignore it, or open it again."""
        return await api.post(context, f"/api/errors/{part(error)}/{decision}", {"reason": reason})

    return decide_approval, cancel_run, rerun, decide_error
