import type { ListedRun, RunCount, RunFacet, RunFacets } from "@/api/types";
import { StatusMark } from "@/components/labels";
import { Field, Select } from "@/components/ui/field";
import { count } from "@/lib/text/format";
import { KIND_LIST, KINDS } from "@/lib/words/kinds";
import { RUN_SOURCE_LIST, RUN_SOURCES } from "@/lib/words/run-sources";
import { RUN_STATUSES, STATUSES } from "@/lib/words/statuses";

import { Facet, type FacetValue } from "./facet";
import { DEAREST, LONGEST, type RunSearch } from "./filters";

interface FacetRailProps {
  search: RunSearch;
  facets: RunFacets | undefined;
  /** The listed runs know what the address has only the id of. */
  runs: readonly ListedRun[];
  onChange: (part: Partial<RunSearch>) => void;
}

const LONGEST_WORDS: Record<keyof typeof LONGEST, string> = {
  "1s": "1 second",
  "10s": "10 seconds",
  "1m": "1 minute",
  "10m": "10 minutes",
  "1h": "1 hour",
};

/** The filters beside the list, each value with how many runs have it. */
export function FacetRail({ search, facets, runs, onChange }: FacetRailProps) {
  const { status = [], kind = [], source = [], primitive = [], error = [] } = search;
  return (
    <>
      <Facet
        label="Status"
        chosen={status}
        onChange={(next) => onChange({ status: next })}
        values={RUN_STATUSES.map((value) => ({
          value,
          label: (
            <>
              <StatusMark status={value} className="size-2 shrink-0" />
              {STATUSES[value].label}
            </>
          ),
          count: found(facets?.status, value),
        }))}
      />
      <Facet
        label="Primitive"
        chosen={kind}
        onChange={(next) => onChange({ kind: next })}
        values={KIND_LIST.map((value) => ({
          value,
          label: KINDS[value].label,
          count: found(facets?.kind, value),
        }))}
      />
      <Facet
        label="Started by"
        chosen={source}
        onChange={(next) => onChange({ source: next })}
        values={RUN_SOURCE_LIST.filter(
          (value) => source.includes(value) || facets?.source.some((one) => one.value === value),
        ).map((value) => ({ value, label: RUN_SOURCES[value], count: found(facets?.source, value) }))}
      />
      <Facet
        label="Name"
        first={8}
        chosen={primitive}
        onChange={(next) => onChange({ primitive: next })}
        values={named(facets?.primitive, primitive, (id) => primitiveName(runs, id))}
      />
      <Facet
        label="Error or reason"
        first={6}
        chosen={error}
        onChange={(next) => onChange({ error: next })}
        values={named(facets?.error, error)}
      />
      <div className="flex flex-col gap-2 px-2">
        <Field label="Took at least">
          {(ids) => (
            <Select
              {...ids}
              value={search.longest ?? ""}
              onChange={({ target }) => onChange({ longest: (target.value || undefined) as RunSearch["longest"] })}
            >
              <option value="">Any time</option>
              {(Object.keys(LONGEST) as (keyof typeof LONGEST)[]).map((one) => (
                <option key={one} value={one}>
                  {LONGEST_WORDS[one]}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label="Cost at least">
          {(ids) => (
            <Select
              {...ids}
              value={search.dearest ?? ""}
              onChange={({ target }) => onChange({ dearest: (target.value || undefined) as RunSearch["dearest"] })}
            >
              <option value="">Anything</option>
              {DEAREST.map((one) => (
                <option key={one} value={one}>
                  ${one}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      <Facet
        label="People"
        chosen={search.intervened ? ["intervened"] : []}
        onChange={(next) => onChange({ intervened: next.length ? true : undefined })}
        values={[{ value: "intervened", label: "Touched by hand", title: "Signalled, forced or run again" }]}
      />
    </>
  );
}

const NONE: RunCount = { count: 0, exactness: "exact" };

/** What was not found is not there only if all was counted. */
function found(facets: readonly RunFacet[] | undefined, value: string): RunCount | undefined {
  if (!facets) return undefined;
  const one = facets.find((facet) => facet.value === value);
  return one ?? (facets.every((facet) => facet.exactness === "exact") ? NONE : undefined);
}

/** The values with a name of their own; those that are chosen stay, whatever was counted. */
function named(
  facets: readonly RunFacet[] | undefined,
  chosen: readonly string[],
  nameOf: (value: string) => string | undefined = () => undefined,
): FacetValue<string>[] {
  const values = (facets ?? []).map((one) => ({
    value: one.value,
    label: <span className="truncate">{one.label ?? one.detail ?? one.value}</span>,
    title: `${one.label ?? one.value}${one.detail ? ` (${one.detail})` : ""}: ${count(one.count)}`,
    count: one,
  }));
  const missing = chosen.filter((one) => !values.some((known) => known.value === one));
  return [
    ...values,
    ...missing.map((value) => ({ value, label: <span className="truncate">{nameOf(value) ?? value}</span> })),
  ];
}

const primitiveName = (runs: readonly ListedRun[], id: string) =>
  runs.find(({ primitive }) => primitive.id === id || primitive.slug === id)?.primitive.name;
