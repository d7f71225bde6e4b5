import defaults from "@/api/defaults.json";
import type { Path } from "../../spec/path";
import { NumberField } from "./fields";

const { RetrySpec: FALLBACK } = defaults;

export function RetryFields({ path }: { path: Path }) {
  return (
    <>
      <NumberField
        path={[...path, "maxAttempts"]}
        label="Attempts"
        fallback={FALLBACK.maxAttempts}
        hint="Including the first call"
      />
      <NumberField
        path={[...path, "backoff"]}
        label="Backoff factor"
        fallback={FALLBACK.backoff}
        hint="Each wait is this many times the previous one."
      />
      <NumberField path={[...path, "initialSeconds"]} label="First wait (s)" fallback={FALLBACK.initialSeconds} />
      <NumberField path={[...path, "maxSeconds"]} label="Longest wait (s)" fallback={FALLBACK.maxSeconds} />
    </>
  );
}
