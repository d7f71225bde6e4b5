import type { Cost } from "@/api/types";
import { money, plural } from "@/lib/text/format";

/** A cost as far as it is known: "$0.12", "$0.12 + 3 calls unknown", "Unknown". */
export function CostText({ cost, short = false }: { cost: Cost; short?: boolean }) {
  const { knownUsd, unknown } = cost;
  const meaning = unknown > 0 ? `The cost of ${plural(unknown, "call")} is unknown` : undefined;
  if (unknown === 0) return <>{knownUsd === null ? "—" : money(knownUsd)}</>;
  if (knownUsd === null) return <span title={meaning}>{short ? "unknown" : "Unknown"}</span>;
  return (
    <span title={meaning}>
      {money(knownUsd)}
      {short ? " +?" : ` + ${plural(unknown, "call")} unknown`}
    </span>
  );
}
