import { useQuery } from "@tanstack/react-query";

import { ApiError } from "@/api/client";
import { CONTROL_EVERY_MS, controlQuery } from "@/api/control";
import type { Control } from "@/api/types";
import { Failure, Skeleton } from "@/components/page-states";
import { GettingStarted } from "@/features/schedule/getting-started";
import { useZone } from "@/lib/preferences";
import { useNow } from "@/lib/time/now";

import { Budgets } from "./budgets";
import { Autonomy } from "./entities/autonomy";
import { Entities } from "./entities/entities";
import { Engine } from "./engine";
import { Headline } from "./headline";
import { History } from "./history/history";
import { Kinds } from "./kinds";
import { LoadAhead } from "./load-ahead";
import { Needs } from "./needs";

/** From this age on an answer is no longer shown as how things are. */
const STALE_MS = 2.5 * CONTROL_EVERY_MS;

/** Is my system healthy, and what needs me? */
export function ControlPage() {
  const query = useQuery(controlQuery(useZone()));
  const now = useNow();
  const { data: control, error, dataUpdatedAt } = query;
  const stale = error ? reasonOf(error) : now - dataUpdatedAt > STALE_MS ? "Podium has not answered yet." : undefined;
  return (
    <>
      <h1 className="sr-only">Control</h1>
      {control ? (
        <div className="flex flex-col gap-2 pt-3">
          <Headline control={control} heardAt={dataUpdatedAt} stale={stale} />
          {isNew(control) ? <GettingStarted /> : <Parts control={control} />}
        </div>
      ) : (
        <div className="mt-3 rounded-lg border border-line bg-panel">
          {error ? <Failure error={error} onRetry={() => void query.refetch()} /> : <Skeleton rows={12} />}
        </div>
      )}
    </>
  );
}

const reasonOf = (error: unknown) => (error instanceof ApiError ? error.message : "The answer could not be read.");

/** Before the first run the steps to it say more than ten zeros. */
const isNew = ({ verdict, automations }: Control) => verdict === "empty" || (verdict === "idle" && automations === 0);

function Parts({ control }: { control: Control }) {
  return (
    <>
      <Kinds control={control} />
      <div className="grid items-start gap-2 lg:grid-cols-2">
        <Needs control={control} />
        <LoadAhead control={control} />
        <div className="min-w-0 lg:col-span-2">
          <History />
        </div>
        <Engine control={control} />
        <Budgets />
        <Entities />
        <Autonomy />
      </div>
    </>
  );
}
