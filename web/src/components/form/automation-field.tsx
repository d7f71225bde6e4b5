import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { automationQuery } from "@/api/automations";
import { liveListQuery } from "@/api/live";
import { useDebounced } from "@/lib/use-debounced";

import { Combobox } from "../ui/combobox";
import { Field } from "../ui/field";

const RESTS_MS = 150;
const FOUND = { start: 0, size: 50 };

interface AutomationFieldProps {
  label: string;
  path?: string;
  value: string;
  error?: string | undefined;
  /** Slugs that cannot be chosen. */
  without?: readonly string[];
  className?: string;
  onChange: (slug: string) => void;
}

/** Picks an automation; the server does the searching, because there may be thousands. */
export function AutomationField(props: AutomationFieldProps) {
  const { label, path, value, error, without = [], className, onChange } = props;
  const [search, setSearch] = useState("");
  const rested = useDebounced(search.trim(), RESTS_MS);
  const found = useQuery(liveListQuery({ sort: "name", ...(rested ? { search: rested } : {}) }, FOUND));
  const chosen = useQuery({ ...automationQuery(value), enabled: value !== "", retry: false });
  const choices = (found.data?.automations ?? []).filter((one) => one.slug === value || !without.includes(one.slug));
  const left = (found.data?.summary.total ?? 0) - (found.data?.automations.length ?? 0);
  return (
    <Field label={label} path={path} error={error} className={className}>
      {(ids) => (
        <Combobox
          {...ids}
          value={value}
          shown={chosen.data?.name ?? value}
          placeholder="Search automations"
          choices={choices.map((one) => ({
            value: one.slug,
            label: one.name,
            note: <code className="font-mono">{one.slug}</code>,
          }))}
          searched={found.isSuccess && !found.isPlaceholderData ? rested : undefined}
          empty={found.isFetching ? "Searching…" : "No automation has that name."}
          more={left > 0 ? "Type to find more." : undefined}
          onSearch={setSearch}
          onChoose={onChange}
        />
      )}
    </Field>
  );
}
