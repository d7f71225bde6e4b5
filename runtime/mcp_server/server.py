"""Podium as an MCP server: an assistant reads and operates the platform through tools, within the scope of its API key.

The tools ask the API, so budgets, flow control and the audit log count as for everybody else.
"""

from mcp.server.mcpserver import MCPServer
from mcp.types import ToolAnnotations

from runtime.mcp_server import operating, reading
from runtime.mcp_server.calling import Api, OpenClient

INSTRUCTIONS = """\
Podium schedules, runs and watches agents, workflows, networks, campaigns and pulses.
Begin with `control`: it says whether everything is healthy, why not, and what needs somebody.
An automation is a schedule or trigger of one primitive and is named by its slug; a run is named by its id.
Look with the reading tools before you change anything, say why in `reason`, and fire nothing twice: give the same
`idempotency_key` when you try again. Costs are US dollars; a cost of null is unknown, not zero."""
READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
CHANGES = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)
ENDS = ToolAnnotations(read_only_hint=False, destructive_hint=True, open_world_hint=False)


def build_server(opened: OpenClient) -> MCPServer:
    """Return the server; `opened` gives each tool a client of the API with the key of its user."""
    server = MCPServer("podium", title="Podium", instructions=INSTRUCTIONS, version="0.1.0", log_level="WARNING")
    api = Api(opened)
    for tool in reading.tools(api):
        server.add_tool(tool, annotations=READS, structured_output=False)
    for tool in operating.tools(api):
        server.add_tool(tool, annotations=ENDS if tool.__name__ in operating.ENDS else CHANGES, structured_output=False)
    return server
