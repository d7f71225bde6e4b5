import { useEffect, useState } from "react";

/** The time, each second while something goes on. */
export function useTick(goesOn: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!goesOn) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [goesOn]);
  return now;
}
