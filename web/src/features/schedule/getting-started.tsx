import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Check } from "lucide-react";
import type { ReactNode } from "react";

import { primitivesQuery } from "@/api/primitives";
import { runsQuery } from "@/api/runs";
import { covers, sessionQuery } from "@/api/session";
import { buttonClass } from "@/components/ui/button";
import { cn } from "@/lib/cn";

/** Replaces the empty cards and filters of a new installation with the steps to the first run. */
export function GettingStarted() {
  const { data: session } = useQuery(sessionQuery());
  const agents = useQuery(primitivesQuery({ kind: "agent" })).data ?? [];
  const runs = useInfiniteQuery(runsQuery({ rootsOnly: true })).data?.pages[0]?.items ?? [];
  const agent = agents[0];
  const hasRun = runs.length > 0;
  const mayEdit = covers(session, "admin");
  const current = !agent ? 1 : !hasRun ? 2 : 3;
  return (
    <section
      aria-labelledby="getting-started"
      className="mx-auto mt-6 max-w-2xl rounded-lg border border-line bg-panel"
    >
      <header className="px-5 pt-5 pb-3">
        <h2 id="getting-started" className="text-base font-semibold">
          Get your first run in three steps
        </h2>
      </header>
      <ol>
        <Step
          number={1}
          current={current}
          title="Create an agent"
          action={
            mayEdit && (
              <Link to="/primitives/new" search={{ kind: "agent" }} className={buttonClass(look(1, current))}>
                New agent
              </Link>
            )
          }
        >
          A language model, your own HTTP service or a Python function. Choose Simulated to try it without a key.
        </Step>
        <Step
          number={2}
          current={current}
          title="Run it once"
          action={
            agent && (
              <Link
                to="/primitives/$kind/$slug"
                params={{ kind: "agent", slug: agent.slug }}
                className={buttonClass(look(2, current))}
              >
                Open {agent.name}
              </Link>
            )
          }
        >
          Open the agent, choose Run once, and see its steps, output and cost.
        </Step>
        <Step
          number={3}
          current={current}
          title="Automate it"
          action={
            mayEdit &&
            agent && (
              <Link
                to="/automations/new"
                search={{ kind: "agent", primitive: agent.slug }}
                className={buttonClass(look(3, current))}
              >
                New automation
              </Link>
            )
          }
        >
          Put it on a schedule, or let a webhook, an event or Slack start it.
        </Step>
      </ol>
      <p className="border-t border-line px-5 py-3 text-ink-2">
        Or run <code className="font-mono text-xs">podium demo</code> to load sample data, or declare everything in a
        file with <code className="font-mono text-xs">podium apply</code>.
      </p>
    </section>
  );
}

const look = (number: number, current: number) => (number === current ? "primary" : "plain");

interface StepProps {
  number: number;
  /** The first step that is not done. */
  current: number;
  title: string;
  action: ReactNode;
  children: ReactNode;
}

function Step({ number, current, title, action, children }: StepProps) {
  const done = number < current;
  return (
    <li
      aria-current={number === current ? "step" : undefined}
      className="flex items-start gap-3 border-t border-line px-5 py-3.5 max-sm:flex-wrap"
    >
      <span
        className={cn(
          "mt-px flex size-6 shrink-0 items-center justify-center rounded-full text-xs font-medium",
          done
            ? "bg-healthy/15 text-healthy"
            : number === current
              ? "bg-accent-soft text-accent"
              : "bg-sunken text-ink-2",
        )}
      >
        {done ? <Check className="size-3.5" aria-label="Done" /> : number}
      </span>
      <div className="min-w-0 flex-1">
        <h3 className="font-medium">{title}</h3>
        <p className="text-ink-2">{children}</p>
      </div>
      {action && <span className="shrink-0 max-sm:ml-9">{action}</span>}
    </li>
  );
}
