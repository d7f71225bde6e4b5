import { Field, Input } from "@/components/ui/field";
import { cn } from "@/lib/cn";
import { KIND_LIST, KINDS } from "@/lib/kinds";
import { slugOf } from "@/lib/slug";

import { errorAt } from "./fields";
import { Cards, Part, type PartProps, Wide } from "./part";
import { PrimitiveField } from "./primitive-field";

export function WhatPart({ form, change, errors, editing }: PartProps) {
  return (
    <Part title="What runs">
      <Wide>
        <Cards
          label="Primitive"
          path="primitive.kind"
          values={KIND_LIST}
          value={form.kind}
          onChange={(kind) => change({ kind, primitive: kind === form.kind ? form.primitive : "" })}
        >
          {(kind, chosen) => {
            const { icon: Icon, label, tint } = KINDS[kind];
            return (
              <>
                <Icon className={cn("size-4", !chosen && tint)} strokeWidth={1.8} />
                {label}
              </>
            );
          }}
        </Cards>
      </Wide>
      <PrimitiveField
        kind={form.kind}
        value={form.primitive}
        error={errorAt(errors, "primitive.slug", "primitive")}
        onChange={(primitive) => change({ primitive })}
      />
      <Field label="Name" path="name" error={errorAt(errors, "name")}>
        {(ids) => <Input {...ids} value={form.name} onChange={(event) => change({ name: event.target.value })} />}
      </Field>
      <Field
        label="Slug"
        path="slug"
        error={errorAt(errors, "slug")}
        hint={editing ? "It stays what it is." : "How declarations and commands name it"}
      >
        {(ids) => (
          <Input
            {...ids}
            disabled={editing}
            value={form.slug}
            placeholder={slugOf(form.name)}
            onChange={(event) => change({ slug: event.target.value })}
            className="font-mono"
          />
        )}
      </Field>
      <Field label="Description" path="description" error={errorAt(errors, "description")}>
        {(ids) => <Input {...ids} value={form.description} onChange={(event) => change({ description: event.target.value })} />}
      </Field>
    </Part>
  );
}
