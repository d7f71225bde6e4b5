import type { RunCount } from "@/api/types";
import { count } from "@/lib/text/format";

/** A count with what is known of it: "1,204", "10,000+", "12 so far". */
export function countWords({ count: number, exactness }: RunCount): string {
  if (exactness === "at_least") return `${count(number)}+`;
  return exactness === "so_far" ? `${count(number)} so far` : count(number);
}
