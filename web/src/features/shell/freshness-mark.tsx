import { type Freshness, useFreshness } from "@/api/stream/freshness";
import { Mark } from "@/components/ui/mark";
import { cn } from "@/lib/cn";
import { useNow } from "@/lib/time/now";
import { useZone } from "@/lib/preferences";
import type { Shape } from "@/lib/words/statuses";
import { relative, timeOfDay } from "@/lib/time/time";

const LOOKS: Record<Freshness["mode"], { label: string; shape: Shape; mark: string; meaning: string }> = {
  connecting: {
    label: "Connecting",
    shape: "ring",
    mark: "text-line-control breathe",
    meaning: "Connecting to the server.",
  },
  live: { label: "Live", shape: "disc", mark: "text-healthy", meaning: "Changes appear as they happen." },
  polling: {
    label: "Every 5 s",
    shape: "target",
    mark: "text-healthy",
    meaning: "Updated every five seconds.",
  },
  failing: {
    label: "No new data",
    shape: "triangle",
    mark: "text-failing",
    meaning: "Podium is up but cannot read its data. You see the last known data.",
  },
  offline: {
    label: "Offline",
    shape: "cross",
    mark: "text-failing",
    meaning: "Podium is not responding. You see the last known data.",
  },
};

export function FreshnessMark() {
  const { mode, heardAt } = useFreshness();
  const now = useNow();
  const look = LOOKS[mode];
  const zone = useZone();
  const at = new Date(heardAt).toISOString();
  const stale = mode === "offline" || mode === "failing";
  const heard = relative(at, Math.max(now, heardAt));
  return (
    <span
      role="status"
      title={`${look.meaning} Last update ${heard}.`}
      className={cn(
        "flex items-center gap-1.5 px-2 text-xs whitespace-nowrap max-[24rem]:px-1",
        stale ? "font-medium text-failing" : "text-ink-3",
      )}
    >
      <Mark shape={look.shape} className={cn("size-2", look.mark)} />
      <span className={stale ? "max-[24rem]:sr-only" : "hidden md:inline"}>
        {look.label}
        {stale && ` since ${timeOfDay(at, zone)}`}
      </span>
    </span>
  );
}
