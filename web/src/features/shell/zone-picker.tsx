import { Globe } from "lucide-react";
import { useMemo, useState } from "react";

import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Input } from "@/components/ui/field";
import { cn } from "@/lib/cn";
import { useNow } from "@/lib/time/now";
import { choose, ownZone, useZone } from "@/lib/preferences";
import { timeOfDay } from "@/lib/time/time";

const SHOWN = 60;

/** Chooses the time zone of all times on the page. */
export function ZonePicker() {
  const zone = useZone();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button look="quiet" size="sm" onClick={() => setOpen(true)} aria-label={`Time zone: ${zone}`}>
        <Globe className="size-4" />
        <span className="hidden text-xs xl:inline">{zone.split("/").at(-1)?.replaceAll("_", " ")}</span>
      </Button>
      {open && <ZoneDialog zone={zone} onClose={() => setOpen(false)} />}
    </>
  );
}

function ZoneDialog({ zone, onClose }: { zone: string; onClose: () => void }) {
  const now = new Date(useNow()).toISOString();
  const [search, setSearch] = useState("");
  const zones = useMemo(() => [...new Set([ownZone, "UTC", zone, ...Intl.supportedValuesOf("timeZone")])], [zone]);
  const wanted = search.toLowerCase().replaceAll(" ", "_");
  const found = zones.filter((one) => one.toLowerCase().includes(wanted)).slice(0, SHOWN);

  function pick(one: string) {
    choose("zone", one);
    onClose();
  }

  return (
    <Dialog open onClose={onClose} title="Time zone" description="All times on the page use this zone.">
      <form onSubmit={(event) => (event.preventDefault(), found[0] && pick(found[0]))}>
        <Input
          autoFocus
          aria-label="Search zones"
          placeholder="Search, for example New York"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
      </form>
      <ul className="mt-2">
        {found.map((one) => (
          <li key={one}>
            <button
              type="button"
              onClick={() => pick(one)}
              className={cn(
                "flex h-7 w-full items-center gap-2 rounded px-2 text-left hover:bg-sunken",
                one === zone && "font-medium text-accent",
              )}
            >
              <span className="flex-1">{one.replaceAll("_", " ")}</span>
              {one === ownZone && <span className="text-xs text-ink-3">this computer's time zone</span>}
              <span className="text-ink-3">{timeOfDay(now, one)}</span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
