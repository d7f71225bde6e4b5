import { useMemo, useState } from "react";

import { Combobox } from "@/components/ui/combobox";
import { Field } from "@/components/ui/field";
import { ownZone } from "@/lib/preferences";
import { useNow } from "@/lib/time/now";
import { timeOfDay } from "@/lib/time/time";

const SHOWN_ZONES = 50;

interface ZoneFieldProps {
  path: string;
  value: string;
  error: string | undefined;
  onChange: (zone: string) => void;
}

/** Picks a time zone by any part of its name, with its current time. */
export function ZoneField({ path, value, error, onChange }: ZoneFieldProps) {
  const now = new Date(useNow()).toISOString();
  const [search, setSearch] = useState("");
  const zones = useMemo(() => [...new Set([value, ownZone, "UTC", ...Intl.supportedValuesOf("timeZone")])], [value]);
  const wanted = search.trim().toLowerCase().replaceAll(" ", "_");
  const found = zones.filter((zone) => zone.toLowerCase().includes(wanted)).slice(0, SHOWN_ZONES);
  return (
    <Field
      label="Time zone"
      path={path}
      error={error}
      hint={value === ownZone ? "This computer's time zone" : undefined}
    >
      {(ids) => (
        <Combobox
          {...ids}
          value={value}
          shown={value.replaceAll("_", " ")}
          choices={found.map((zone) => ({ value: zone, label: zone.replaceAll("_", " "), note: timeOfDay(now, zone) }))}
          empty="No time zone has that name."
          onSearch={setSearch}
          onChoose={onChange}
        />
      )}
    </Field>
  );
}
