import { CopyButton } from "@/components/copy-button";

/** Text to paste elsewhere, with a copy button. */
export function CodeLine({ text, label }: { text: string; label: string }) {
  return (
    <div className="flex min-w-0 items-start gap-1 rounded-md border border-line bg-sunken py-1 pr-1 pl-2.5">
      <code className="min-w-0 flex-1 py-0.5 font-mono text-xs [overflow-wrap:anywhere] whitespace-pre-wrap text-ink">
        {text}
      </code>
      <CopyButton text={text} label={label} />
    </div>
  );
}
