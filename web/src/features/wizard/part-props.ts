import type { UseQueryResult } from "@tanstack/react-query";

import type { Preview } from "@/api/types";
import type { Errors } from "@/components/form/errors/field-paths";

import type { Form, Sample } from "./draft";
import type { Asked } from "./what-if/use-what-if";

/** Props of one part of the form: its values, a setter, and the server's errors. */
export interface PartProps {
  form: Form;
  change: (part: Partial<Form>) => void;
  errors: Errors;
  editing: boolean;
  ahead: UseQueryResult<Preview>;
  asked: Asked;
  sample: Sample;
  tryOn: (sample: Sample) => void;
}
