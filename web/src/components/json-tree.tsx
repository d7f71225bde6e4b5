import { ChevronDown, ChevronRight } from "lucide-react";
import { type ReactNode, useState } from "react";

import { count } from "@/lib/text/format";
import { writeJson } from "@/lib/text/exact-json";

const OPEN_DEPTH = 2;
const ENTRIES = 100;
const STRING = 400;

/** A JSON value, folded from its second level on; long texts and lists are shown in part, until more is asked for. */
export function JsonTree({ value, label }: { value: unknown; label: string }) {
  return (
    <div
      tabIndex={0}
      role="group"
      aria-label={label}
      className="max-h-[28rem] overflow-auto rounded-md border border-line bg-sunken px-2.5 py-2 font-mono text-xs leading-5"
    >
      <Value value={value} depth={0} />
    </div>
  );
}

function Value({ value, depth, name }: { value: unknown; depth: number; name?: string }) {
  const entries = entriesOf(value);
  if (!entries) {
    return (
      <div className="break-words whitespace-pre-wrap [unicode-bidi:isolate]">
        <Key name={name} />
        {typeof value === "string" ? <Text text={value} /> : <span className="text-accent">{writeJson(value)}</span>}
      </div>
    );
  }
  return <Branch entries={entries} isList={Array.isArray(value)} depth={depth} name={name} />;
}

interface BranchProps {
  entries: [string, unknown][];
  isList: boolean;
  depth: number;
  name: string | undefined;
}

function Branch({ entries, isList, depth, name }: BranchProps) {
  const [open, setOpen] = useState(depth < OPEN_DEPTH);
  const [shown, setShown] = useState(ENTRIES);
  const [begin, end] = isList ? "[]" : "{}";
  if (entries.length === 0) {
    return (
      <div>
        <Key name={name} />
        {begin}
        {end}
      </div>
    );
  }
  const Icon = open ? ChevronDown : ChevronRight;
  return (
    <div>
      <button
        type="button"
        aria-expanded={open}
        className="inline-flex min-h-5 max-w-full items-center text-left hover:text-accent"
        onClick={() => setOpen(!open)}
      >
        <Icon className="-ml-0.5 size-3.5 shrink-0 text-ink-3" />
        <Key name={name} />
        <span className="text-ink-3">
          {begin}
          {open ? "" : `${count(entries.length)}${end}`}
        </span>
      </button>
      {open && (
        <div className="ml-1.5 border-l border-line pl-3">
          {entries.slice(0, shown).map(([key, one]) => (
            <Value key={key} value={one} depth={depth + 1} {...(isList ? {} : { name: key })} />
          ))}
          {entries.length > shown && (
            <More onClick={() => setShown(shown + 10 * ENTRIES)}>Show more ({count(entries.length - shown)} left)</More>
          )}
        </div>
      )}
      {open && <span className="text-ink-3">{end}</span>}
    </div>
  );
}

function Text({ text }: { text: string }) {
  const [whole, setWhole] = useState(false);
  const cut = !whole && text.length > STRING;
  return (
    <>
      <span className="text-healthy">&quot;{cut ? text.slice(0, STRING) : text}&quot;</span>
      {cut && <More onClick={() => setWhole(true)}>Show all {count(text.length)} characters</More>}
    </>
  );
}

function Key({ name }: { name: string | undefined }) {
  return name === undefined ? null : <span className="whitespace-pre text-ink-2">{name}: </span>;
}

function More({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return (
    <button type="button" className="min-h-6 px-1 font-sans text-accent hover:underline" onClick={onClick}>
      {children}
    </button>
  );
}

/** The fields or items of a value; null for one that has none, such as a number that is kept digit for digit. */
function entriesOf(value: unknown): [string, unknown][] | null {
  if (value === null || typeof value !== "object") return null;
  if (Array.isArray(value)) return value.map((one, index) => [String(index), one]);
  return Object.getPrototypeOf(value) === Object.prototype ? Object.entries(value) : null;
}
