import type { UseQueryResult } from "@tanstack/react-query";

import type { Preview } from "@/api/types";
import type { Errors } from "@/components/form/errors/field-paths";

import type { Form, Sample } from "./draft";

/** What one part of the form gets: the form, a way to change it, and what the server says of it. */
export interface PartProps {
  form: Form;
  change: (part: Partial<Form>) => void;
  errors: Errors;
  editing: boolean;
  ahead: UseQueryResult<Preview>;
  sample: Sample;
  tryOn: (sample: Sample) => void;
}
