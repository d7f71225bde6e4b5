import { expect, it } from "vitest";

import { bytes, money, ordinal, percent, plural } from "./format";

it("writes money, and never takes unknown for nothing", () => {
  expect([null, "0", "0.0042", "0.0996", "12.5", "1234.567"].map(money)).toEqual([
    "unknown",
    "$0.00",
    "$0.0042",
    "$0.10",
    "$12.50",
    "$1,235",
  ]);
});

it("lets no rate look perfect that is not", () => {
  expect([null, 46.2, 99.97, 100].map(percent)).toEqual(["—", "46%", "99.9%", "100%"]);
});

it("counts things", () => {
  expect([plural(1, "run"), plural(1200, "run"), plural(2, "entry", "entries")]).toEqual([
    "1 run",
    "1,200 runs",
    "2 entries",
  ]);
});

it("counts in order", () => {
  expect([1, 2, 3, 4, 8, 22].map(ordinal)).toEqual(["1st", "2nd", "3rd", "4th", "8th", "22nd"]);
});

it("says sizes in the unit that people read", () => {
  expect([1, 940, 12_400, 8_388_608].map(bytes)).toEqual(["1 byte", "940 bytes", "12.4 kB", "8.4 MB"]);
});
