import { describe, expect, it } from "vitest";

import type { ControlReason } from "@/api/types";

import { sentenceParts } from "./sentence-parts";

const reason = (text: string): ControlReason => ({ code: "failing", verdict: "degraded", text, link: null });

describe("the sentence", () => {
  it("links the reasons that it tells, and names the others", () => {
    const [first, second, third] = [reason("2 fail"), reason("Desk is overdue"), reason("a budget is spent")];
    expect(sentenceParts("2 fail. Desk is overdue, and 1 more reason.", [first, second, third])).toEqual({
      parts: [
        { text: "2 fail", reason: first },
        { text: ". " },
        { text: "Desk is overdue", reason: second },
        { text: ", and 1 more reason." },
      ],
      others: [third],
    });
  });

  it("is whole without any reason", () => {
    expect(sentenceParts("Healthy: 3 runs.", [])).toEqual({ parts: [{ text: "Healthy: 3 runs." }], others: [] });
  });
});
