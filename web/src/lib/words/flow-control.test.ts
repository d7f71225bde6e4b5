import { describe, expect, it } from "vitest";

import type { FlowControl } from "@/api/types";

import { limitInWords, limitsInWords } from "./flow-control";

const key = "payload.customer";

describe("a limit in words", () => {
  it.each<[FlowControl, string]>([
    [
      { concurrency: { limit: 5, key, perKey: 1 } },
      "At most 5 runs at once; at most 1 for each value of payload.customer. More wait in order.",
    ],
    [{ concurrency: { limit: 1 } }, "At most 1 run at once. More wait in order."],
    [
      { concurrency: { key, perKey: 2 } },
      "At most 2 runs at once for each value of payload.customer. More wait in order.",
    ],
    [{ throttle: { limit: 5, periodSeconds: 3600 } }, "One each 12 min. More wait in order."],
    [
      { throttle: { limit: 7, periodSeconds: 3600, burst: 2, key } },
      "3 at once, then one each about 8.6 min for each value of payload.customer. More wait in order.",
    ],
    [{ throttle: { limit: 5, periodSeconds: 1 } }, "One each 200 ms. More wait in order."],
    [{ rateLimit: { limit: 5, periodSeconds: 3600 } }, "5 at once, then one each 12 min. More are skipped."],
    [
      { debounce: { periodSeconds: 30, maxSeconds: 300, keep: "all" } },
      "Once no delivery has come for 30 s, at most 5 min after the first one: one run, with all payloads, as events.",
    ],
    [
      { batch: { maxSize: 100, timeoutSeconds: 60, key } },
      "With 100 deliveries, or 1 min after the first one: one run for each value of payload.customer, with all payloads, as events.",
    ],
    [
      { singleton: { mode: "queueLatest" } },
      "At most one open run. Of what arrives while it is open, only the newest waits and runs next.",
    ],
    [
      { idempotency: { expression: "payload.id" } },
      "Of the deliveries with the same value of payload.id within 1 d, only the first runs. The others are skipped.",
    ],
    [{ maxWaitSeconds: 5400 }, "A run that has waited for 90 min is skipped."],
  ])("%j", (control, words) => {
    const limit = Object.keys(control)[0] as keyof FlowControl;
    expect(limitInWords(control, limit)).toBe(words);
  });

  it("is not told before its numbers are there", () => {
    expect(limitInWords({ throttle: { limit: Number.NaN, periodSeconds: 60 } }, "throttle")).toBe("");
    expect(limitInWords({ rateLimit: { limit: 0, periodSeconds: 60 } }, "rateLimit")).toBe("");
    expect(limitInWords({ concurrency: { limit: null } }, "concurrency")).toBe("");
    expect(limitInWords({}, "batch")).toBe("");
  });
});

it("tells the limits that are set, the length of the queue only where runs can wait", () => {
  const skips: FlowControl = { rateLimit: { limit: 1, periodSeconds: 60 }, maxQueue: 10 };
  expect(limitsInWords(skips).map((one) => one.label)).toEqual(["Rate limit"]);
  expect(limitsInWords({ ...skips, concurrency: { limit: 2 } }).map((one) => one.text)).toEqual([
    "At most 2 runs at once. More wait in order.",
    "At most 10 waiting runs; more are skipped.",
    "One each minute. More are skipped.",
  ]);
});
