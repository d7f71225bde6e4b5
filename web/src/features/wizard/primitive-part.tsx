import { KindCards } from "@/components/form/kind-cards";
import { NamingFields } from "@/components/form/naming-fields";
import { Part } from "@/components/form/part";
import { errorAt } from "@/components/form/errors/field-paths";

import type { PartProps } from "./part-props";
import { PrimitiveField } from "./primitive-field";

export function PrimitivePart({ form, change, errors, editing }: PartProps) {
  return (
    <Part title="What runs">
      <KindCards
        path="primitive.kind"
        value={form.kind}
        onChange={(kind) => change({ kind, primitive: kind === form.kind ? form.primitive : "" })}
      />
      <PrimitiveField
        kind={form.kind}
        value={form.primitive}
        error={errorAt(errors, "primitive")}
        onChange={(primitive) => change({ primitive })}
      />
      <NamingFields
        value={form}
        errors={errors}
        editing={editing}
        namedBy="YAML files and commands"
        onChange={change}
      />
    </Part>
  );
}
