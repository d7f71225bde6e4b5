import { expect, it } from "vitest";

import { graphOf } from "./graph";

it("draws a pipeline by what its steps need, and survives half a spec", () => {
  const spec = { steps: [{ key: "read", agent: "scout" }, { key: "write", agent: "writer", needs: ["read", "gone"] }] };
  expect(graphOf("workflow", spec)).toEqual({
    nodes: [
      { id: "read", label: "read", note: "scout" },
      { id: "write", label: "write", note: "writer" },
    ],
    edges: [{ from: "read", to: "write" }],
  });
  expect(graphOf("workflow", { steps: "?" })).toBeNull();
});

it("draws missions one after the other", () => {
  const missions = [
    { name: "Find", tasks: [{ name: "a", agent: "x" }] },
    { name: "Invite", tasks: [{ name: "b", agent: "y" }] },
  ];
  const graph = graphOf("campaign", { missions });
  expect(graph?.edges).toEqual([
    { from: "mission 0", to: "mission 0 task 0" },
    { from: "mission 0 task 0", to: "mission 1" },
    { from: "mission 1", to: "mission 1 task 0" },
  ]);
});

it("has nothing to draw of an agent", () => {
  expect(graphOf("agent", { runner: { type: "simulated" } })).toBeNull();
});
