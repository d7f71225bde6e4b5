/** The time spans of the drawer; `30d` is the default. */
export const SPANS = ["7d", "30d", "90d"] as const;

export type Span = (typeof SPANS)[number];

export const SPAN_DAYS: Record<Span, number> = { "7d": 7, "30d": 30, "90d": 90 };
