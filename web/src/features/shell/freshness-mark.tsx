import { type Freshness, useFreshness } from "@/api/freshness";
import { cn } from "@/lib/cn";
import { useNow } from "@/lib/now";
import { useZone } from "@/lib/preferences";
import { relative, timeOfDay } from "@/lib/time";

const LOOKS: Record<Freshness["mode"], { label: string; dot: string; meaning: string }> = {
  connecting: { label: "Connecting", dot: "bg-line-strong breathe", meaning: "Reaching the server." },
  live: { label: "Live", dot: "bg-healthy", meaning: "Changes show at once." },
  polling: { label: "Every 5 s", dot: "bg-healthy", meaning: "The server is asked every five seconds." },
  offline: { label: "No answer", dot: "bg-failing", meaning: "Podium does not answer; what you see is as it last was." },
};

export function FreshnessMark() {
  const { mode, heardAt } = useFreshness();
  const now = useNow();
  const look = LOOKS[mode];
  const zone = useZone();
  const at = new Date(heardAt).toISOString();
  const heard = relative(at, Math.max(now, heardAt));
  return (
    <span
      role="status"
      title={`${look.meaning} Last heard ${heard}.`}
      className={cn("flex items-center gap-1.5 px-2 text-xs whitespace-nowrap", mode === "offline" ? "font-medium text-failing" : "text-ink-3")}
    >
      <span className={cn("size-1.5 rounded-full", look.dot)} />
      <span className={cn(mode !== "offline" && "hidden md:inline")}>
        {look.label}
        {mode === "offline" && ` since ${timeOfDay(at, zone)}`}
      </span>
    </span>
  );
}
