import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { liveListQuery } from "@/api/live";
import { primitivesQuery } from "@/api/primitives";
import type { BudgetScope } from "@/api/types";
import { type Choice, Combobox } from "@/components/ui/combobox";
import { Field, Select } from "@/components/ui/field";
import { useDebounced } from "@/lib/use-debounced";
import { SCOPE_LIST, SCOPES } from "@/lib/words/budgets";
import { KIND_LIST, KINDS } from "@/lib/words/kinds";

const RESTS_MS = 150;
const SHOWN = 50;

interface TargetFieldsProps {
  scope: BudgetScope;
  target: string;
  error: string | undefined;
  onChange: (scope: BudgetScope, target: string) => void;
}

/** What a budget is for; it cannot be changed later. */
export function TargetFields({ scope, target, error, onChange }: TargetFieldsProps) {
  return (
    <>
      <Field label="For">
        {(ids) => (
          <Select
            {...ids}
            value={scope}
            onChange={({ target: { value } }) => onChange(value as BudgetScope, first(value))}
          >
            {SCOPE_LIST.map((value) => (
              <option key={value} value={value}>
                {SCOPES[value].label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {scope === "kind" && (
        <Field label="Kind" path="target" error={error}>
          {(ids) => (
            <Select {...ids} value={target} onChange={(event) => onChange(scope, event.target.value)}>
              {KIND_LIST.map((kind) => (
                <option key={kind} value={kind}>
                  {KINDS[kind].plural}
                </option>
              ))}
            </Select>
          )}
        </Field>
      )}
      {scope === "primitive" && <Primitive value={target} error={error} onChange={(next) => onChange(scope, next)} />}
      {scope === "automation" && <Automation value={target} error={error} onChange={(next) => onChange(scope, next)} />}
    </>
  );
}

const first = (scope: string) => (scope === "kind" ? KIND_LIST[0] : "") ?? "";

interface PickerProps {
  value: string;
  error: string | undefined;
  onChange: (value: string) => void;
}

function Primitive(props: PickerProps) {
  const [search, setSearch] = useState("");
  const rested = useDebounced(search.trim(), RESTS_MS);
  const found = useQuery(primitivesQuery(rested ? { search: rested } : {}));
  const choices = (found.data ?? []).slice(0, SHOWN).map((one) => ({
    value: `${one.kind}/${one.slug}`,
    label: one.name,
    note: KINDS[one.kind].label,
  }));
  return <Picker {...props} label="Primitive" choices={choices} found={found} rested={rested} onSearch={setSearch} />;
}

function Automation(props: PickerProps) {
  const [search, setSearch] = useState("");
  const rested = useDebounced(search.trim(), RESTS_MS);
  const found = useQuery(liveListQuery(rested ? { search: rested } : { sort: "name" }));
  const choices = (found.data?.automations ?? []).slice(0, SHOWN).map((one) => ({
    value: one.slug,
    label: one.name,
    note: KINDS[one.primitiveType].label,
  }));
  return <Picker {...props} label="Automation" choices={choices} found={found} rested={rested} onSearch={setSearch} />;
}

interface SearchedProps extends PickerProps {
  label: string;
  choices: readonly Choice[];
  found: { isSuccess: boolean; isPlaceholderData: boolean; isFetching: boolean };
  rested: string;
  onSearch: (text: string) => void;
}

function Picker({ label, value, error, onChange, choices, found, rested, onSearch }: SearchedProps) {
  const [shown, setShown] = useState(value);
  return (
    <Field label={label} path="target" error={error}>
      {(ids) => (
        <Combobox
          {...ids}
          value={value}
          shown={shown}
          placeholder={`Search ${label.toLowerCase()}s`}
          choices={choices}
          searched={found.isSuccess && !found.isPlaceholderData ? rested : undefined}
          empty={found.isFetching ? "Searching…" : `No ${label.toLowerCase()} has that name.`}
          onSearch={onSearch}
          onChoose={(next) => {
            setShown(choices.find((one) => one.value === next)?.label ?? next);
            onChange(next);
          }}
        />
      )}
    </Field>
  );
}
