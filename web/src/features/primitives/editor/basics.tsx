import type { Kind } from "@/api/types";
import { KindCards } from "@/components/form/kind-cards";
import { NamingFields } from "@/components/form/naming-fields";
import { Part, WIDE } from "@/components/form/part";
import type { Errors } from "@/components/form/errors/field-paths";

import type { Draft } from "./use-draft";

interface BasicsProps {
  draft: Draft;
  editing: boolean;
  errors: Errors;
  onKind: (kind: Kind) => void;
  onChange: (part: Partial<Pick<Draft, "name" | "slug" | "description">>) => void;
}

/** The fields common to all kinds. */
export function Basics({ draft, editing, errors, onKind, onChange }: BasicsProps) {
  return (
    <Part title="Basics">
      {!editing && <KindCards path="kind" value={draft.kind} onChange={onKind} />}
      <NamingFields
        value={draft}
        errors={errors}
        editing={editing}
        namedBy="YAML files and other primitives"
        descriptionClass={WIDE}
        onChange={onChange}
      />
    </Part>
  );
}
