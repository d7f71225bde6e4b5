import { readJson, writeJson } from "@/lib/text/exact-json";

export function Json({ value, label }: { value: unknown; label: string }) {
  return (
    <pre
      tabIndex={0}
      aria-label={label}
      className="max-h-72 overflow-auto rounded-md border border-line bg-sunken p-2.5 font-mono text-xs leading-[1.1rem] break-words whitespace-pre-wrap"
    >
      {writeJson(value, 2)}
    </pre>
  );
}

/** Parses typed JSON; an empty text has no value. */
export function parseJson(text: string): { value?: unknown; error?: string } {
  if (text.trim() === "") return {};
  try {
    return { value: readJson(text) };
  } catch (error) {
    return { error: error instanceof Error ? `This is not valid JSON: ${error.message}` : "This is not valid JSON." };
  }
}
