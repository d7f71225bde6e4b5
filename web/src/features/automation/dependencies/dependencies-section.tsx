import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Pencil, Plus, Waypoints } from "lucide-react";
import { useState } from "react";

import { dependenciesQuery } from "@/api/dependencies";
import { covers, sessionQuery } from "@/api/session";
import type { AutomationDetail, Dependency } from "@/api/types";
import { useOpenAutomation } from "@/components/open-automation";
import { Button } from "@/components/ui/button";
import { FIRES } from "@/lib/words/dependencies";

import { Section } from "../section";
import { DependencyDialog, type Editing } from "./dependency-dialog";

/** What an automation depends on and what it triggers, with how, and the forms to change that. */
export function Dependencies({ automation }: { automation: AutomationDetail }) {
  const { data: session } = useQuery(sessionQuery());
  const edges = useQuery(dependenciesQuery(automation.slug));
  const [editing, setEditing] = useState<Editing>();
  const canEdit = covers(session, "admin") && !automation.isArchived;
  const known = edges.data ?? [];
  const needs = known.filter((one) => one.automation.id === automation.id);
  const triggers = known.filter((one) => one.dependsOn.id === automation.id);
  if (!canEdit && known.length === 0) return null;
  const rest = { canEdit, onEdit: (edge: Dependency) => setEditing({ edge }) };
  return (
    <Section
      title="Dependencies"
      action={
        <span className="flex items-center gap-1">
          {known.length > 0 && (
            <Link
              to="/dependencies"
              search={{ automation: automation.slug } as never}
              className="flex items-center gap-1 px-1.5 text-accent hover:underline"
            >
              <Waypoints className="size-3.5" /> Graph
            </Link>
          )}
          {canEdit && (
            <Button look="quiet" size="sm" onClick={() => setEditing({ from: "needs" })}>
              <Plus className="size-3.5" /> Add
            </Button>
          )}
        </span>
      }
    >
      {edges.data && known.length === 0 && (
        <p className="text-ink-3">None. It neither needs nor triggers another automation.</p>
      )}
      {edges.isError && <p className="text-failing">{edges.error.message}</p>}
      <Ends label="Depends on" edges={needs} end="dependsOn" {...rest} />
      <Ends label="Triggers" edges={triggers} end="automation" {...rest} />
      {editing && <DependencyDialog automation={automation} editing={editing} onClose={() => setEditing(undefined)} />}
    </Section>
  );
}

interface EndsProps {
  label: string;
  edges: readonly Dependency[];
  end: "dependsOn" | "automation";
  canEdit: boolean;
  onEdit: (edge: Dependency) => void;
}

function Ends({ label, edges, end, canEdit, onEdit }: EndsProps) {
  const open = useOpenAutomation();
  if (edges.length === 0) return null;
  return (
    <div className="mt-1 flex gap-x-3">
      <h4 className="w-24 shrink-0 py-0.5 text-ink-3">{label}</h4>
      <ul aria-label={label} className="min-w-0 flex-1">
        {edges.map((edge) => (
          <li key={edge.id} className="flex items-start gap-2">
            <span className="min-w-0 flex-1 py-0.5">
              <button
                type="button"
                onClick={() => open(edge[end].slug)}
                className="text-left text-accent hover:underline"
              >
                {edge[end].name}
              </button>{" "}
              <span className="text-ink-2">{effect(edge, end)}</span>
              {edge.note && <span className="block text-xs text-ink-3">{edge.note}</span>}
            </span>
            {canEdit && (
              <Button
                look="quiet"
                size="mini"
                aria-label={`Edit dependency ${end === "dependsOn" ? "on" : "of"} ${edge[end].name}`}
                onClick={() => onEdit(edge)}
              >
                <Pencil className="size-3.5" />
              </Button>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What a dependency does, as read after the name of one of its ends. */
function effect({ fireWhen, passPayload }: Dependency, end: EndsProps["end"]): string {
  if (fireWhen === null) return end === "dependsOn" ? "" : "only needs it";
  const how = `${FIRES[fireWhen]}${passPayload ? ", with its output" : ""}`;
  return end === "dependsOn" ? `and is fired ${how}` : `is fired ${how.replace("it ", "this ")}`;
}
