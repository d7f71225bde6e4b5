import type { WhatIf, WhatIfAutomation } from "@/api/load";

const FLOW = {
  arrivals: 50,
  waitingAtStart: 0,
  started: 50,
  missed: 0,
  skipped: {},
  folded: {},
  stillWaiting: 0,
  cancelled: 0,
};

const waits = (p95Ms: number) => ({
  runs: 50,
  waited: p95Ms > 0 ? 20 : 0,
  p50Ms: 0,
  p95Ms,
  longestMs: 2 * p95Ms,
  stillWaiting: 0,
});

const load = (starts: number, waiting: number) => ({
  starts,
  weightedStarts: starts,
  peakConcurrency: starts,
  waiting,
});

const side = (p95Ms: number) => ({
  waits: waits(p95Ms),
  flow: FLOW,
  monthRuns: 1500,
  monthUsd: "15",
  budget: null,
});

const totals = (p95Ms: number) => ({
  peak: null,
  peakConcurrency: 3,
  waits: waits(p95Ms),
  flow: FLOW,
  longest: p95Ms > 0 ? "Digest" : null,
  monthUsd: "120",
  unknown: 0,
});

/** An answer to a what-if of one automation whose runs wait so long, before and after. */
export function whatIfAnswer(before: number, after: number, more: Partial<WhatIfAutomation> = {}): WhatIf {
  return {
    timezone: "UTC",
    hours: Array.from({ length: 24 }, (_, hour) => ({
      start: `2026-03-02T${String(hour).padStart(2, "0")}:00:00+00:00`,
      before: load(2, before > 0 ? 1 : 0),
      after: load(2, after > 0 ? 1 : 0),
    })),
    before: totals(before),
    after: totals(after),
    automations: [
      {
        automation: { id: "1", slug: "digest", name: "Digest" },
        name: "Digest",
        edited: true,
        before: side(before),
        after: side(after),
        basis: {
          durations: "measured",
          durationRuns: 50,
          durationP50Ms: 2000,
          durationP95Ms: 9000,
          measuredFrom: "2026-02-20T00:00:00Z",
          measuredTo: "2026-03-01T00:00:00Z",
          arrivals: "measured",
          deliveries: 1400,
          deliveriesFrom: "2026-02-02T00:00:00Z",
          keys: "none",
          keyInputs: 0,
          costs: "measured",
          costRuns: 50,
          text: "A run takes 2.0 s, 95 of 100 at most 9.0 s: its last 50 runs, 20 Feb to 1 Mar.",
        },
        ...more,
      },
    ],
    automationsLeftOut: 0,
    agents: [],
    basis: {
      simulated: 1,
      simulatedFrom: "2026-03-02T00:00:00Z",
      simulatedTo: "2026-03-03T00:00:00Z",
      runs: 50,
      deliveries: 1400,
      measuredFrom: "2026-02-20T00:00:00Z",
      measuredTo: "2026-03-01T00:00:00Z",
      assumed: [],
      notes: [],
    },
  };
}
