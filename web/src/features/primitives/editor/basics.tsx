import { Field, Input } from "@/components/ui/field";
import { KIND_LIST, KINDS } from "@/lib/kinds";
import { slugOf } from "@/lib/slug";
import type { Kind } from "@/api/types";

import type { Draft } from "./use-draft";
import { ChoiceCards } from "./choice-cards";
import { Part, WIDE } from "./part";

interface BasicsProps {
  draft: Draft;
  editing: boolean;
  errors: Readonly<Record<string, string>>;
  onKind: (kind: Kind) => void;
  onChange: (part: Partial<Pick<Draft, "name" | "slug" | "description">>) => void;
}

const CHOICES = KIND_LIST.map((value) => ({ value, label: KINDS[value].label, icon: KINDS[value].icon, tint: KINDS[value].tint }));

/** What primitives of every kind have. */
export function Basics({ draft, editing, errors, onKind, onChange }: BasicsProps) {
  return (
    <Part title="What it is">
      {!editing && <ChoiceCards label="Kind" choices={CHOICES} value={draft.kind} onChange={onKind} className={`grid-cols-2 min-[30rem]:grid-cols-3 sm:grid-cols-5 ${WIDE}`} />}
      <div data-field="name">
        <Field label="Name" error={errors.name}>
          {(ids) => <Input {...ids} value={draft.name} onChange={(event) => onChange({ name: event.target.value })} />}
        </Field>
      </div>
      <div data-field="slug">
        <Field label="Slug" error={errors.slug} hint={editing ? "It stays what it is." : "How declarations and other primitives name it"}>
          {(ids) => (
            <Input {...ids} disabled={editing} value={draft.slug} placeholder={slugOf(draft.name)} onChange={(event) => onChange({ slug: event.target.value })} className="font-mono text-xs" />
          )}
        </Field>
      </div>
      <div data-field="description" className={WIDE}>
        <Field label="Description" error={errors.description}>
          {(ids) => <Input {...ids} value={draft.description} onChange={(event) => onChange({ description: event.target.value })} />}
        </Field>
      </div>
    </Part>
  );
}
