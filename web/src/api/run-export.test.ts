import { describe, expect, it } from "vitest";

import { endOf } from "./run-export";

describe("the end of an export", () => {
  it("says that it is complete", () => {
    expect(endOf("id,kind\r\n1,agent\r\n#end,complete,1204\r\n", "csv")).toMatchObject({ complete: true, rows: 1204 });
    expect(endOf('{"id":"1"}\n{"end":true,"complete":true,"rows":1}\n', "ndjson")).toMatchObject({
      complete: true,
      rows: 1,
    });
  });
  it("says why it is not", () => {
    const csv = "#end,incomplete,2,the database took too long,abc\r\n";
    expect(endOf(csv, "csv")).toMatchObject({ complete: false, rows: 2, reason: "the database took too long,abc" });
  });
  it("is missing where the connection was cut", () => {
    expect(endOf("id,kind\r\n1,ag", "csv").complete).toBeUndefined();
    expect(endOf('{"id":"1"}\n{"id":', "ndjson").complete).toBeUndefined();
    expect(endOf('{"id":"1"}\n', "ndjson").complete).toBeUndefined();
    expect(endOf("", "csv").complete).toBeUndefined();
  });
});
