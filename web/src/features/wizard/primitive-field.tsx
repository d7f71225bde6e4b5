import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { primitiveChoicesQuery, primitiveQuery } from "@/api/primitives";
import type { Kind } from "@/api/types";
import { CreateFirst } from "@/components/form/create-first";
import { Combobox } from "@/components/ui/combobox";
import { Field } from "@/components/ui/field";
import { KINDS } from "@/lib/words/kinds";
import { useDebounced } from "@/lib/use-debounced";

const RESTS_MS = 150;

interface PrimitiveFieldProps {
  kind: Kind;
  value: string;
  error: string | undefined;
  onChange: (slug: string) => void;
}

/** Picks the primitive that runs; the server does the searching, because there may be thousands. */
export function PrimitiveField({ kind, value, error, onChange }: PrimitiveFieldProps) {
  const [search, setSearch] = useState("");
  const rested = useDebounced(search.trim(), RESTS_MS);
  const found = useQuery(primitiveChoicesQuery(kind, rested));
  const chosen = useQuery({ ...primitiveQuery(kind, value), enabled: value !== "", retry: false });
  const { label, plural } = KINDS[kind];
  const none = found.data?.length === 0 && rested === "" && !found.isPlaceholderData;
  const choices = (found.data ?? []).filter((one) => one.kind === kind);
  return (
    <Field label={label} path="primitive.slug" error={error} hint={none && <CreateFirst kind={kind} />}>
      {(ids) => (
        <Combobox
          {...ids}
          value={value}
          shown={chosen.data?.name ?? value}
          placeholder={`Search ${plural.toLowerCase()}`}
          choices={choices.map((one) => ({
            value: one.slug,
            label: one.name,
            note: <code className="font-mono">{one.slug}</code>,
          }))}
          searched={found.isSuccess && !found.isPlaceholderData ? rested : undefined}
          empty={found.isFetching ? "Searching…" : `No ${label.toLowerCase()} has that name.`}
          onSearch={setSearch}
          onChoose={onChange}
        />
      )}
    </Field>
  );
}
