import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { backfillsOfQuery, isOpen } from "@/api/backfills";
import { covers, sessionQuery } from "@/api/session";
import type { AutomationDetail } from "@/api/types";
import { Button } from "@/components/ui/button";
import { BackfillDialog } from "@/features/backfills/backfill-dialog";
import { BackfillList } from "@/features/backfills/list";

import { Section } from "../section";

const LOOKED_AT = 20;
const SHOWN = 3;

/** The backfills of a schedule: what is open, else the newest, and the way to start another. */
export function BackfillSection({ automation }: { automation: AutomationDetail }) {
  const { data: session } = useQuery(sessionQuery());
  const { data: backfills } = useQuery(backfillsOfQuery(automation.slug, LOOKED_AT));
  const [asking, setAsking] = useState(false);
  const open = backfills?.filter(isOpen) ?? [];
  const shown = open.length > 0 ? open : (backfills ?? []).slice(0, 1);
  return (
    <Section
      title="Backfills"
      action={
        covers(session, "operate") &&
        !automation.isArchived && (
          <Button size="sm" onClick={() => setAsking(true)}>
            Backfill…
          </Button>
        )
      }
    >
      {shown.length === 0 && <p className="text-ink-3">Runs past due times, listed first with their cost.</p>}
      {shown.length > 0 && <BackfillList backfills={shown.slice(0, SHOWN)} />}
      {(backfills?.length ?? 0) > shown.length && (
        <Link to="/backfills" className="text-xs text-accent hover:underline">
          Show all backfills
        </Link>
      )}
      {asking && <BackfillDialog automation={automation} onClose={() => setAsking(false)} />}
    </Section>
  );
}
