import type { Kind } from "@/api/types";

export interface Node {
  id: string;
  label: string;
  note: string;
}

export interface Edge {
  from: string;
  to: string;
  label?: string;
}

export interface Graph {
  nodes: Node[];
  edges: Edge[];
}

type Spec = Record<string, unknown>;

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const record = (value: unknown): Spec => (value && typeof value === "object" ? (value as Spec) : {});
const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** What each kind looks like as a graph; an agent is a single call and has none. */
const GRAPHS: Record<Kind, (spec: Spec) => Graph | null> = {
  agent: () => null,
  workflow: pipeline,
  network,
  campaign,
  pulse,
};

export function graphOf(kind: Kind, spec: Spec): Graph | null {
  const graph = GRAPHS[kind](spec);
  return graph && graph.nodes.length > 0 ? graph : null;
}

function pipeline(spec: Spec): Graph {
  const steps = list(spec.steps).map(record);
  const known = new Set(steps.map((step) => text(step.key)));
  return {
    nodes: steps.map((step) => ({ id: text(step.key), label: text(step.key), note: action(step) })),
    edges: steps.flatMap((step) =>
      list(step.needs)
        .map(text)
        .filter((need) => known.has(need))
        .map((need) => ({ from: need, to: text(step.key), ...(step.when ? { label: `if ${text(step.when)}` } : {}) })),
    ),
  };
}

function action(step: Spec): string {
  if (step.agent) return step.map ? `${text(step.agent)}, once per item` : text(step.agent);
  if (step.http) return `${text(record(step.http).method) || "POST"} ${text(record(step.http).url)}`;
  if (step.wait) return `waits ${String(record(step.wait).seconds)} s`;
  return step.approval ? "a person approves" : "";
}

function network(spec: Spec): Graph {
  const members = list(spec.members).map(text);
  const router = record(spec.router);
  const nodes = members.map((slug) => ({ id: slug, label: slug, note: "member" }));
  if (router.type === "agent") {
    const id = `router ${text(router.agent)}`;
    return {
      nodes: [{ id, label: text(router.agent), note: "picks who is next" }, ...nodes],
      edges: members.map((slug) => ({ from: id, to: slug })),
    };
  }
  if (router.type === "rules") {
    const id = "rules";
    const next = list(router.rules).map(record);
    const edges = next.filter((rule) => members.includes(text(rule.next)));
    return {
      nodes: [{ id, label: "Rules", note: `first: ${text(router.first)}` }, ...nodes],
      edges: [
        { from: id, to: text(router.first), label: "first" },
        ...edges.map((rule) => ({ from: id, to: text(rule.next), label: `if ${text(rule.when)}` })),
      ],
    };
  }
  return { nodes, edges: members.slice(1).map((slug, index) => ({ from: members[index] ?? "", to: slug })) };
}

function campaign(spec: Spec): Graph {
  const missions = list(spec.missions).map(record);
  const nodes: Node[] = [];
  const edges: Edge[] = [];
  missions.forEach((mission, index) => {
    const id = `mission ${index}`;
    const tasks = list(mission.tasks).map(record);
    nodes.push({ id, label: text(mission.name), note: "mission" });
    tasks.forEach((task, place) => {
      const key = `${id} task ${place}`;
      nodes.push({ id: key, label: text(task.name), note: text(task.agent) });
      edges.push({ from: id, to: key });
      if (index + 1 < missions.length) edges.push({ from: key, to: `mission ${index + 1}` });
    });
  });
  return { nodes, edges };
}

function pulse(spec: Spec): Graph {
  const members = list(spec.members).map(record);
  return {
    nodes: [
      { id: "goal", label: "Evaluation", note: text(spec.goal) },
      ...members.map((member) => ({ id: text(member.agent), label: text(member.agent), note: `weight ${String(member.weight ?? 1)}` })),
    ],
    edges: members.map((member) => ({ from: text(member.agent), to: "goal" })),
  };
}
