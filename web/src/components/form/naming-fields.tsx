import { Field, Input, MONO } from "@/components/ui/field";
import { slugOf } from "@/lib/text/slug";

import { errorAt, type Errors } from "./errors/field-paths";

interface Naming {
  name: string;
  slug: string;
  description: string;
}

interface NamingFieldsProps {
  value: Naming;
  errors: Errors;
  editing: boolean;
  /** Where the slug is used. */
  namedBy: string;
  descriptionClass?: string;
  onChange: (part: Partial<Naming>) => void;
}

/** Name, slug and description. */
export function NamingFields({ value, errors, editing, namedBy, descriptionClass, onChange }: NamingFieldsProps) {
  return (
    <>
      <Field label="Name" path="name" error={errorAt(errors, "name")}>
        {(ids) => <Input {...ids} value={value.name} onChange={(event) => onChange({ name: event.target.value })} />}
      </Field>
      <Field
        label="Slug"
        path="slug"
        error={errorAt(errors, "slug")}
        hint={editing ? "The slug can't be changed." : `Used in ${namedBy}`}
      >
        {(ids) => (
          <Input
            {...ids}
            disabled={editing}
            value={value.slug}
            placeholder={slugOf(value.name)}
            onChange={(event) => onChange({ slug: event.target.value })}
            className={MONO}
          />
        )}
      </Field>
      <Field label="Description" path="description" error={errorAt(errors, "description")} className={descriptionClass}>
        {(ids) => (
          <Input
            {...ids}
            value={value.description}
            onChange={(event) => onChange({ description: event.target.value })}
          />
        )}
      </Field>
    </>
  );
}
