import { Input } from "@/components/ui/field";

interface NumberInputProps {
  id: string;
  "aria-describedby": string;
  "aria-invalid": boolean;
  value: number;
  onChange: (value: number) => void;
}

/** A number that may be away while somebody types. */
export function NumberInput({ value, onChange, ...ids }: NumberInputProps) {
  return (
    <Input
      {...ids}
      type="number"
      inputMode="numeric"
      value={Number.isNaN(value) ? "" : value}
      onChange={(event) => onChange(event.target.valueAsNumber)}
    />
  );
}
