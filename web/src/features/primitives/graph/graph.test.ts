import { expect, it } from "vitest";

import { graphOf } from "./graph";

it("draws a pipeline by what its steps need, and survives half a spec", () => {
  const spec = {
    steps: [
      { key: "read", agent: "scout" },
      { key: "write", agent: "writer", needs: ["read", "gone"] },
    ],
  };
  expect(graphOf("workflow", spec)).toEqual({
    nodes: [
      { id: "steps[0]", label: "read", note: "scout" },
      { id: "steps[1]", label: "write", note: "writer" },
    ],
    edges: [{ from: "steps[0]", to: "steps[1]" }],
  });
  expect(graphOf("workflow", { steps: "?" })).toBeNull();
  expect(graphOf("network", { members: ["scout"], router: { type: "rules", first: "" } })?.edges).toEqual([]);
});

it("draws missions one after the other", () => {
  const missions = [
    { name: "Find", tasks: [{ name: "a", agent: "x" }] },
    { name: "Invite", tasks: [{ name: "b", agent: "y" }] },
  ];
  const graph = graphOf("campaign", { missions });
  expect(graph?.edges).toEqual([
    { from: "missions[0]", to: "missions[0].tasks[0]" },
    { from: "missions[0].tasks[0]", to: "missions[1]" },
    { from: "missions[1]", to: "missions[1].tasks[0]" },
  ]);
});

it("has nothing to draw of an agent", () => {
  expect(graphOf("agent", { runner: { type: "simulated" } })).toBeNull();
});
