import { X } from "lucide-react";
import { useState } from "react";

import { Refusal } from "@/components/form/part";
import { Button } from "@/components/ui/button";
import { Input, MONO } from "@/components/ui/field";

import type { Path } from "../../spec/path";
import { record, text } from "../../spec/read";
import { useField } from "../editing";
import { AddButton } from "./rows";

interface Header {
  id: number;
  name: string;
  value: string;
}

/** Headers of a call; their values are secrets. Rows without a name are ignored. */
export function HeadersField({ path, className }: { path: Path; className?: string }) {
  const { value, set, error, place } = useField(path, "with parts");
  const [rows, setRows] = useState<readonly Header[]>(() =>
    Object.entries(record(value)).map(([name, secret], id) => ({ id, name, value: text(secret) })),
  );

  function change(headers: readonly Header[]) {
    setRows(headers);
    set(Object.fromEntries(headers.filter((row) => row.name !== "").map((row) => [row.name, row.value])));
  }
  const edit = (id: number, part: Partial<Header>) =>
    change(rows.map((row) => (row.id === id ? { ...row, ...part } : row)));

  return (
    <div role="group" aria-label="Headers" data-field={place} className={className}>
      <p className="text-xs font-medium text-ink-2">Headers</p>
      <div className="mt-1 flex flex-col gap-1.5">
        {rows.map((row) => (
          <div key={row.id} className="grid grid-cols-[minmax(0,2fr)_minmax(0,3fr)_auto] items-center gap-1.5">
            <Input
              aria-label="Header name"
              value={row.name}
              placeholder="Authorization"
              onChange={(event) => edit(row.id, { name: event.target.value })}
              className={MONO}
            />
            <Input
              aria-label={`Value of ${row.name || "the header"}`}
              value={row.value}
              placeholder="Bearer …"
              onChange={(event) => edit(row.id, { value: event.target.value })}
              className={MONO}
            />
            <Button
              look="quiet"
              size="mini"
              aria-label={`Remove ${row.name || "the header"}`}
              onClick={() => change(rows.filter((one) => one.id !== row.id))}
            >
              <X className="size-3.5" />
            </Button>
          </div>
        ))}
        <Refusal text={error} />
        <AddButton
          onClick={() =>
            setRows([...rows, { id: Math.max(-1, ...rows.map((row) => row.id)) + 1, name: "", value: "" }])
          }
        >
          Add header
        </AddButton>
      </div>
    </div>
  );
}
