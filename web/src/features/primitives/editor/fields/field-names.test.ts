import { expect, it } from "vitest";

import { nameOf } from "./field-names";

it("calls a field by its label, with the items that it is of", () => {
  expect(nameOf("name")).toBe("Name");
  expect(nameOf("spec.runner.model")).toBe("Model");
  expect(nameOf("spec.runner.mcp[0].url")).toBe("MCP server 1, URL");
  expect(nameOf("spec.objective")).toBe("Objective");
  expect(nameOf("spec.members[1]")).toBe("Member 2");
  expect(nameOf("spec.members[0].agent")).toBe("Member 1, Agent");
  expect(nameOf("spec.steps[2].http.url")).toBe("Step 3, URL");
  expect(nameOf("spec.steps[2].needs[0]")).toBe("Step 3, Waits for");
  expect(nameOf("spec.router.rules[0].when")).toBe("Rule 1, Only if");
  expect(nameOf("spec.missions[0].tasks[1].agent")).toBe("Mission 1, Task 2, Agent");
});

it("calls what has no field by its own name in words", () => {
  expect(nameOf("spec")).toBe("Specification");
  expect(nameOf("spec.laterOn")).toBe("Later on");
  expect(nameOf("spec.runner.http")).toBe("Runner, Http");
});
