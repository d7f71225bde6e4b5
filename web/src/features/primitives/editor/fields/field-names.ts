import { isWithin } from "@/components/form/errors/field-paths";

/** The noun for the items of each list. */
const ITEMS: Readonly<Record<string, string>> = {
  steps: "Step",
  missions: "Mission",
  tasks: "Task",
  members: "Member",
  rules: "Rule",
  mcp: "MCP server",
};

/** The label of each field, by its dotted name below its item. */
const LABELS: Readonly<Record<string, string>> = {
  runner: "Runner",
  "runner.model": "Model",
  "runner.instructions": "Instructions",
  "runner.apiKey": "API key",
  "runner.baseUrl": "Base URL",
  "runner.temperature": "Temperature",
  "runner.maxTokens": "Maximum tokens per answer",
  "runner.limits.requests": "Maximum requests per call",
  "runner.limits.totalTokens": "Maximum tokens per call",
  "runner.mcp": "MCP servers",
  "runner.url": "URL",
  "runner.signingSecret": "Signing secret",
  "runner.costUsd": "Cost per call",
  "runner.headers": "Headers",
  "runner.function": "Function",
  "runner.successRate": "Success rate",
  "runner.durationMs": "Duration",
  "runner.tokens": "Tokens",
  "runner.seed": "Seed",
  "runner.error": "Error",
  "runner.output": "Answer",
  capacity: "Capacity",
  "capacity.minimum": "Minimum capacity",
  "capacity.maximum": "Maximum capacity",
  timeoutSeconds: "Timeout",
  outputSchema: "Answer schema",
  retry: "Retry",
  "retry.maxAttempts": "Attempts",
  "retry.backoff": "Backoff factor",
  "retry.initialSeconds": "First wait",
  "retry.maxSeconds": "Longest wait",
  steps: "Steps",
  key: "Key",
  agent: "Agent",
  map: "For each",
  concurrency: "Concurrency",
  "http.method": "Method",
  "http.url": "URL",
  "http.headers": "Headers",
  "http.timeoutSeconds": "Timeout",
  "wait.seconds": "Seconds",
  "approval.timeoutSeconds": "Timeout",
  "approval.message": "Question",
  needs: "Waits for",
  when: "Only if",
  input: "Input",
  onError: "If it fails",
  members: "Members",
  router: "Router",
  "router.agent": "Routing agent",
  "router.first": "First member",
  "router.rules": "Rules",
  next: "Then",
  maxHops: "Maximum hops",
  objective: "Objective",
  planner: "Planner",
  minSuccessRate: "Minimum success rate",
  missions: "Missions",
  tasks: "Tasks",
  name: "Name",
  goal: "Goal",
  weight: "Weight",
  promoteAbove: "Promote above",
  demoteBelow: "Demote below",
  minRuns: "Minimum runs",
  settleSeconds: "Wait for open runs",
  url: "URL",
  headers: "Headers",
};

/** The label of an invalid field: `spec.steps[1].agent` is "Step 2, Agent". */
export function nameOf(field: string): string {
  if (field === "spec") return "Specification";
  if (!isWithin(field, "spec")) return sentence(field);
  const parts = field.slice("spec.".length).split(/\[(\d+)\]\.?/);
  const names: string[] = [];
  for (let at = 0; at < parts.length; at += 2) {
    const [path = "", index] = parts.slice(at, at + 2);
    const list = path.split(".").at(-1) ?? "";
    if (index !== undefined && ITEMS[list]) names.push(`${ITEMS[list]} ${Number(index) + 1}`);
    else if (path) names.push(labelOf(path));
  }
  return names.join(", ");
}

/** The label of the field or of its parent; without a field in the form, its JSON name. */
function labelOf(path: string): string {
  if (LABELS[path]) return LABELS[path];
  const cut = path.lastIndexOf(".");
  return cut > 0 && LABELS[path.slice(0, cut)]
    ? `${LABELS[path.slice(0, cut)]}, ${sentence(path.slice(cut + 1))}`
    : sentence(path.slice(cut + 1));
}

/** Splits `someField` into words. */
function sentence(name: string): string {
  const words = name.replaceAll(/([A-Z])/g, " $1").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
