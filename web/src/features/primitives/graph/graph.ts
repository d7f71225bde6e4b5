import type { Kind } from "@/api/types";
import type { Edge, Graph, Node } from "@/components/graph/graph";

import { list, record, records, type Spec, text } from "../spec/read";

/** The graph of each kind; an agent is a single call and has none. The id of a node is its path in the spec: `steps[1]`. */
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
  const steps = records(spec.steps);
  const places = new Map(steps.map((step, index) => [text(step.key), `steps[${index}]`]));
  return {
    nodes: steps.map((step, index) => ({ id: `steps[${index}]`, label: text(step.key), note: action(step) })),
    edges: steps.flatMap((step, index) =>
      list(step.needs).flatMap((need): Edge[] => {
        const from = places.get(text(need));
        return from ? [{ from, to: `steps[${index}]`, ...(step.when ? { label: `if ${text(step.when)}` } : {}) }] : [];
      }),
    ),
  };
}

export function action(step: Spec): string {
  if (step.http) return `${text(record(step.http).method) || "POST"} ${text(record(step.http).url)}`;
  if (step.wait) return `wait ${String(record(step.wait).seconds ?? "?")} s`;
  if (step.approval) return "approval by a person";
  return step.map ? `${text(step.agent)}, once per item` : text(step.agent);
}

function network(spec: Spec): Graph {
  const members = list(spec.members).map(text);
  const router = record(spec.router);
  const place = (slug: unknown) => `members[${members.indexOf(text(slug))}]`;
  const nodes = members.map((slug, index) => ({ id: `members[${index}]`, label: slug, note: "member" }));
  if (router.type === "agent") {
    return {
      nodes: [{ id: "router", label: text(router.agent), note: "chooses the next member" }, ...nodes],
      edges: nodes.map((node) => ({ from: "router", to: node.id })),
    };
  }
  if (router.type === "rules") {
    const rules = records(router.rules).filter((rule) => members.includes(text(rule.next)));
    const first = members.includes(text(router.first))
      ? [{ from: "router", to: place(router.first), label: "first" }]
      : [];
    return {
      nodes: [{ id: "router", label: "Rules", note: `first: ${text(router.first)}` }, ...nodes],
      edges: [
        ...first,
        ...rules.map((rule) => ({ from: "router", to: place(rule.next), label: `if ${text(rule.when)}` })),
      ],
    };
  }
  return { nodes, edges: nodes.slice(1).map((node, index) => ({ from: nodes[index]?.id ?? "", to: node.id })) };
}

function campaign(spec: Spec): Graph {
  const missions = records(spec.missions);
  const nodes: Node[] = [];
  const edges: Edge[] = [];
  missions.forEach((mission, index) => {
    const id = `missions[${index}]`;
    nodes.push({ id, label: text(mission.name), note: "mission" });
    records(mission.tasks).forEach((task, place) => {
      const key = `${id}.tasks[${place}]`;
      nodes.push({ id: key, label: text(task.name), note: text(task.agent) });
      edges.push({ from: id, to: key });
      if (index + 1 < missions.length) edges.push({ from: key, to: `missions[${index + 1}]` });
    });
  });
  return { nodes, edges };
}

function pulse(spec: Spec): Graph {
  const members = records(spec.members).map((member, index) => ({
    id: `members[${index}]`,
    label: text(member.agent),
    note: `weight ${String(member.weight ?? 1)}`,
  }));
  return {
    nodes: [{ id: "goal", label: "Evaluation", note: text(spec.goal) }, ...members],
    edges: members.map((member) => ({ from: member.id, to: "goal" })),
  };
}
