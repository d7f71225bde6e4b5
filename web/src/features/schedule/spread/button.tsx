import { useQuery } from "@tanstack/react-query";
import { ChartNoAxesColumn } from "lucide-react";
import { Suspense, useState } from "react";

import type { SpreadRequest } from "@/api/load";
import { covers, sessionQuery } from "@/api/session";
import { lazyPart } from "@/components/lazy-part";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";

const SpreadDialog = lazyPart(async () => (await import("./dialog")).SpreadDialog);

interface SpreadButtonProps {
  which: Pick<SpreadRequest, "automations" | "filter">;
  size?: "sm";
  className?: string;
  /** Hides its text where there is little room. */
  shrinks?: boolean;
}

/** Opens the plan that spreads these schedules. */
export function SpreadButton({ which, size, className, shrinks }: SpreadButtonProps) {
  const session = useQuery(sessionQuery());
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        look="quiet"
        {...(size && { size })}
        aria-label="Spread…"
        title="Move schedules by a few minutes so that fewer runs start together"
        className={className}
        disabled={!covers(session.data, "operate")}
        onClick={() => setOpen(true)}
      >
        <ChartNoAxesColumn className={cn("size-3.5", shrinks && "max-sm:size-4")} />
        <span className={cn(shrinks && "max-sm:hidden")}>Spread…</span>
      </Button>
      {open && (
        <Suspense>
          <SpreadDialog which={which} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
