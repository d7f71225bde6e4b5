import type { ReactNode } from "react";

import type { AutomationDetail } from "@/api/types";
import { When } from "@/components/labels";
import { useZone } from "@/lib/preferences";
import { dayAndTime } from "@/lib/time/time";

/** What Podium could not do for an automation although it is active: nothing where all went well. */
export function ErrorNotes({ automation }: { automation: AutomationDetail }) {
  const { accountingError, accountedUntil, accountingRetryAt, lastFilterError } = automation;
  const zone = useZone();
  return (
    <>
      {accountingError && (
        <ErrorNote name="Missed runs are not recorded">
          Missed runs
          {accountedUntil && (
            <>
              {" "}
              since <When at={accountedUntil} text={dayAndTime(accountedUntil, zone)} />
            </>
          )}{" "}
          are not recorded yet: <Cause text={accountingError} /> The schedule still fires.
          {accountingRetryAt && (
            <>
              {" "}
              Next try <When at={accountingRetryAt} />.
            </>
          )}
        </ErrorNote>
      )}
      {lastFilterError && (
        <ErrorNote name="Filter error">
          The filter could not be evaluated for a delivery <When at={lastFilterError.at} />, so it did not fire:{" "}
          <Cause text={lastFilterError.reason} /> Correct the filter, then replay the delivery with{" "}
          <code className="break-all">podium deliveries replay {lastFilterError.deliveryId}</code>.
        </ErrorNote>
      )}
    </>
  );
}

function ErrorNote({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div
      role="note"
      aria-label={name}
      className="rounded-md border-l-2 border-failing bg-sunken px-2.5 py-1.5 text-ink-2"
    >
      {children}
    </div>
  );
}

function Cause({ text }: { text: string }) {
  return <span className="break-words">{text.replace(/\.$/, "")}.</span>;
}
