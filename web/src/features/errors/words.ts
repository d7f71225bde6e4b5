import type { ErrorGroup } from "@/api/types";
import { count } from "@/lib/text/format";

export const OUTCOMES = { failed: "Failed", skipped: "Skipped", missed: "Missed" } as const satisfies Record<
  ErrorGroup["outcome"],
  string
>;

export const STANDINGS = {
  open: { label: "Open", look: "bg-sunken text-ink-2" },
  regressed: { label: "Regressed", look: "bg-failing-mark/15 text-failing" },
  resolved: { label: "Resolved", look: "bg-healthy-mark/12 text-healthy" },
  ignored: { label: "Ignored", look: "border border-dashed border-line-strong text-ink-3" },
} as const satisfies Record<ErrorGroup["state"], { label: string; look: string }>;

export const SPANS = { "24h": 24, "7d": 7 * 24, "30d": 30 * 24 } as const;

export const SPAN_LIST = [
  { value: "24h", label: "24 h" },
  { value: "7d", label: "7 d" },
  { value: "30d", label: "30 d" },
] as const;

/** How a span compares with the one before it: "12 in the 24 h before". */
export function against(before: number, span: keyof typeof SPANS): string {
  const label = SPAN_LIST.find(({ value }) => value === span)?.label;
  return `${before === 0 ? "none" : count(before)} in the ${label} before`;
}
