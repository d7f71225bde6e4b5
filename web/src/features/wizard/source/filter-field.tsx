import { useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, CircleMinus } from "lucide-react";
import { useId } from "react";

import { deliveryQuery } from "@/api/deliveries";
import { recentDeliveriesQuery } from "@/api/triggers";
import type { Delivery, DeliveryRow, FilterVerdict } from "@/api/types";
import { WIDE } from "@/components/form/part";
import { errorAt } from "@/components/form/errors/field-paths";
import { parseJson } from "@/components/json";
import { Field, Select, TextArea } from "@/components/ui/field";
import { writeJson } from "@/lib/text/exact-json";
import { cn } from "@/lib/cn";
import { bytes } from "@/lib/text/format";
import { useNow } from "@/lib/time/now";
import { relative } from "@/lib/time/time";
import { useDebounced } from "@/lib/use-debounced";
import { OUTCOMES } from "@/lib/words/deliveries";

import { NO_SAMPLE } from "../draft";
import type { PartProps } from "../part-props";

const RESTS_MS = 300;

interface FilterFieldProps extends PartProps {
  path: string;
  knows: string;
  /** An example payload of the source. */
  looks?: string;
  example: string;
  /** The draft's endpoint; empty while unknown, null for all endpoints of the source. */
  endpoint: string | null;
  value: string;
  onChange: (filter: string) => void;
}

/** A filter and a sample for it; the server evaluates them as it does real deliveries. */
export function FilterField(props: FilterFieldProps) {
  const {
    form,
    errors,
    ahead,
    sample,
    tryOn,
    path,
    knows,
    example,
    looks = '{"total": 11}',
    endpoint,
    value,
    onChange,
  } = props;
  const place = useDebounced(endpoint, RESTS_MS);
  const arrived = useQuery({ ...recentDeliveriesQuery(form.source, place), enabled: place !== "", retry: false });
  const recent = place === "" ? [] : (arrived.data ?? []);
  const queries = useQueryClient();
  const take = async (id: string) => {
    const taken = await queries.fetchQuery(deliveryQuery(id));
    tryOn({ payload: writeJson(taken.payload, 2), headers: headersOf(taken) });
  };
  const broken = parseJson(sample.payload).error;
  return (
    <>
      <div className={WIDE}>
        <Field
          label="Only if (CEL)"
          path={path}
          error={errorAt(errors, path)}
          hint={`Leave empty to fire always. You can use ${knows}, such as ${example}`}
        >
          {(ids) => (
            <TextArea
              {...ids}
              rows={1}
              value={value}
              spellCheck={false}
              onChange={(event) => onChange(event.target.value)}
              className="[field-sizing:content] min-h-8 font-mono text-xs"
            />
          )}
        </Field>
      </div>
      <div className={WIDE}>
        <div className="rounded-md border border-line px-2.5 pt-2 pb-2.5">
          <div className="mb-1.5 flex min-h-7 flex-wrap items-center gap-x-3 gap-y-1">
            <Verdict verdict={ahead.data?.filter ?? null} broken={broken} tried={sample.payload.trim() !== ""} />
            <span className="flex-1" />
            {recent.length > 0 && <Recent deliveries={recent} onTake={(id) => void take(id)} />}
            {sample.payload && (
              <button
                type="button"
                className="min-h-6 text-xs text-accent hover:underline"
                onClick={() => tryOn(NO_SAMPLE)}
              >
                Clear
              </button>
            )}
          </div>
          <Field label="Sample (JSON)" error={broken}>
            {(ids) => (
              <TextArea
                {...ids}
                rows={4}
                spellCheck={false}
                placeholder={looks}
                value={sample.payload}
                onChange={(event) => tryOn({ ...sample, payload: event.target.value })}
                className="max-h-64 font-mono text-xs"
              />
            )}
          </Field>
          {form.source === "webhook" && (sample.payload || sample.headers) && (
            <div className="mt-2">
              <Field label="Headers (JSON)" error={parseJson(sample.headers).error}>
                {(ids) => (
                  <TextArea
                    {...ids}
                    rows={1}
                    spellCheck={false}
                    placeholder='{"x-github-event": "release"}'
                    value={sample.headers}
                    onChange={(event) => tryOn({ ...sample, headers: event.target.value })}
                    className="[field-sizing:content] max-h-40 min-h-8 font-mono text-xs"
                  />
                )}
              </Field>
            </div>
          )}
        </div>
      </div>
    </>
  );
}

interface VerdictProps {
  verdict: FilterVerdict | null;
  broken: string | undefined;
  tried: boolean;
}

function Verdict({ verdict, broken, tried }: VerdictProps) {
  const [Icon, look, text] =
    verdict?.error || broken
      ? ([CircleAlert, "text-failing", broken ? "The sample is not valid JSON" : "The filter can't be run"] as const)
      : verdict?.fires === true
        ? ([CircleCheck, "text-healthy", "Would fire"] as const)
        : verdict?.fires === false
          ? ([CircleMinus, "text-unstable", "Would not fire"] as const)
          : ([CircleMinus, "text-ink-3", tried ? "Checking…" : "Try it on a sample"] as const);
  return (
    <p role="status" aria-label="Filter result" className="flex min-w-0 items-center gap-1.5">
      <Icon className={cn("size-4 shrink-0", look)} />
      <span className={cn("font-medium", look === "text-ink-3" ? "text-ink-2" : look)}>{text}</span>
      {verdict?.reason && !broken && (
        <span className="min-w-0 [overflow-wrap:anywhere] text-ink-2">{verdict.reason}</span>
      )}
    </p>
  );
}

function Recent({ deliveries, onTake }: { deliveries: readonly DeliveryRow[]; onTake: (id: string) => void }) {
  const now = useNow();
  const id = useId();
  return (
    <span className="w-52 max-w-full">
      <label htmlFor={id} className="sr-only">
        Use a recent delivery
      </label>
      <Select
        id={id}
        value=""
        className="!h-7 text-xs"
        onChange={({ target }) => {
          if (target.value) onTake(target.value);
        }}
      >
        <option value="">Use a recent delivery…</option>
        {deliveries.map((one) => (
          <option key={one.id} value={one.id}>
            {relative(one.receivedAt, now)}: {OUTCOMES[one.outcome].label.toLowerCase()}, {bytes(one.size)}
          </option>
        ))}
      </Select>
    </span>
  );
}

const headersOf = (delivery: Pick<Delivery, "source" | "headers">) =>
  delivery.source === "webhook" ? writeJson(delivery.headers, 2) : "";
