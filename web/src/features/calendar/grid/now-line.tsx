import { useNow } from "@/lib/time/now";
import { useZone } from "@/lib/preferences";
import { timeOfDay } from "@/lib/time/time";

/** The line of the current time within its hour. */
export function NowLine() {
  const zone = useZone();
  const time = timeOfDay(new Date(useNow()).toISOString(), zone);
  const share = Number(time.slice(3, 5)) / 60;
  return (
    <div
      role="img"
      aria-label={`Now, ${time}`}
      title={`Now, ${time}`}
      data-drawn
      data-now
      className="pointer-events-none absolute inset-x-0 z-[5] h-0.5 bg-accent before:absolute before:-top-[3px] before:-left-1 before:size-2 before:rounded-full before:bg-accent"
      style={{ top: `${share * 100}%` }}
    />
  );
}
