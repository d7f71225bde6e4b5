import { describe, expect, it } from "vitest";

import { curlExample } from "./curl-example";
import { emptyForm } from "../draft";

describe("a call", () => {
  const webhook = emptyForm("agent", "", "UTC").webhook;
  const address = "http://podium.test/api/webhooks/in";

  it("names the secret once, and the address as it is", () => {
    const text = curlExample(webhook, address, "whsec_c2VjcmV0");
    expect(text.match(/whsec_c2VjcmV0/g)).toHaveLength(1);
    expect(text).toContain(`curl '${address}'`);
    expect(text).toContain("webhook-signature: v1,");
  });

  it("needs no secret where nothing is verified, and sends it where a header has it", () => {
    expect(curlExample({ ...webhook, verification: "none" }, address, null)).not.toContain("SECRET");
    expect(curlExample({ ...webhook, verification: "header", header: "X-Mine" }, address, "s")).toContain(
      '-H "X-Mine: $SECRET"',
    );
  });
});
