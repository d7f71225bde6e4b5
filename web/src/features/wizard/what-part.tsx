import { useQuery } from "@tanstack/react-query";

import { primitivesQuery } from "@/api/primitives";
import { Field, Input, Select } from "@/components/ui/field";
import { cn } from "@/lib/cn";
import { KIND_LIST, KINDS } from "@/lib/kinds";
import { slugOf } from "@/lib/slug";

import { Part, Wide } from "./part";
import type { PartProps } from "./page";

export function WhatPart({ form, change, errors, editing }: PartProps) {
  const primitives = useQuery(primitivesQuery({ kind: form.kind }));
  return (
    <Part title="What runs">
      <Wide>
        <div role="radiogroup" aria-label="Primitive" className="grid grid-cols-3 gap-2 sm:grid-cols-5">
          {KIND_LIST.map((kind) => {
            const { icon: Icon, label, tint } = KINDS[kind];
            const chosen = kind === form.kind;
            return (
              <button
                key={kind}
                type="button"
                role="radio"
                aria-checked={chosen}
                onClick={() => change({ kind, primitive: chosen ? form.primitive : "" })}
                className={cn(
                  "flex h-9 items-center justify-center gap-1.5 rounded-md border",
                  chosen ? "border-accent bg-accent-soft font-medium text-accent" : "border-line hover:bg-sunken",
                )}
              >
                <Icon className={cn("size-4", !chosen && tint)} strokeWidth={1.8} />
                {label}
              </button>
            );
          })}
        </div>
      </Wide>
      <Field label={KINDS[form.kind].label} error={errors["primitive.slug"] ?? errors.primitive}>
        {(ids) => (
          <Select {...ids} value={form.primitive} onChange={(event) => change({ primitive: event.target.value })}>
            <option value="">Choose…</option>
            {primitives.data?.map((one) => (
              <option key={one.id} value={one.slug}>
                {one.name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label="Name" error={errors.name}>
        {(ids) => <Input {...ids} value={form.name} onChange={(event) => change({ name: event.target.value })} />}
      </Field>
      <Field label="Slug" error={errors.slug} hint={editing ? "It stays what it is." : "How declarations name it."}>
        {(ids) => (
          <Input
            {...ids}
            disabled={editing}
            value={form.slug}
            placeholder={slugOf(form.name)}
            onChange={(event) => change({ slug: event.target.value })}
          />
        )}
      </Field>
      <Field label="Description" error={errors.description}>
        {(ids) => <Input {...ids} value={form.description} onChange={(event) => change({ description: event.target.value })} />}
      </Field>
    </Part>
  );
}
