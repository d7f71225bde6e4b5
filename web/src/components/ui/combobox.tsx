import { ChevronDown } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useEffect, useEffectEvent, useId, useRef, useState } from "react";

import { cn } from "@/lib/cn";

import { Input } from "./field";

export interface Choice {
  value: string;
  label: string;
  note?: ReactNode;
}

interface ComboboxProps {
  id: string;
  "aria-describedby": string;
  "aria-invalid": boolean;
  value: string;
  /** The text of the selected value. */
  shown?: string | undefined;
  choices: readonly Choice[];
  /** The text that the server's `choices` belong to; undefined while they belong to an earlier text. */
  searched?: string | undefined;
  onSearch: (text: string) => void;
  onChoose: (value: string) => void;
  /** Whether any typed text is a valid value; the choices are then suggestions. */
  free?: boolean;
  placeholder?: string;
  /** Shown in the list if nothing is found. */
  empty?: ReactNode;
  /** Shown below the choices if there are more. */
  more?: ReactNode;
  className?: string;
}

/** A text field with a list of choices; the caller does the searching. */
export function Combobox(props: ComboboxProps) {
  const {
    value,
    shown = value,
    choices,
    onSearch,
    onChoose,
    free = false,
    placeholder,
    empty,
    more,
    className,
  } = props;
  const listId = useId();
  const list = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  const [active, setActive] = useState(free ? -1 : 0);
  const current = Math.min(active, choices.length - 1);
  // Choices for an earlier text are still shown, but Enter must not select them.
  const stale = open && "searched" in props && props.searched !== text.trim();
  const [entered, setEntered] = useState(false);
  const takeEntered = useEffectEvent(() => {
    setEntered(false);
    choose(choices[current]);
  });
  useEffect(() => {
    // oxlint-disable-next-line react/set-state-in-effect -- the choices arrive from the server, after the key was pressed
    if (entered && !stale) takeEntered();
  }, [entered, stale]);

  useEffect(() => {
    list.current?.children[current]?.scrollIntoView({ block: "nearest" });
  }, [current, open]);

  function search(next: string) {
    setText(next);
    setEntered(false);
    setActive(free ? -1 : 0);
    setOpen(true);
    onSearch(next);
    if (free) onChoose(next);
  }

  function begin() {
    if (open) return;
    setText(free ? value : "");
    setActive(
      free
        ? -1
        : Math.max(
            0,
            choices.findIndex((one) => one.value === value),
          ),
    );
    onSearch(free ? value : "");
    setOpen(true);
  }

  function choose(choice: Choice | undefined) {
    if (choice && choice.value !== value) onChoose(choice.value);
    close();
  }

  function close() {
    setEntered(false);
    setOpen(false);
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) return begin();
      if (stale) return;
      const step = event.key === "ArrowDown" ? 1 : -1;
      setActive(Math.max(free ? -1 : 0, Math.min(choices.length - 1, current + step)));
    } else if (event.key === "Enter" && open) {
      event.preventDefault();
      if (stale) setEntered(true);
      else choose(choices[current]);
    } else if (event.key === "Escape" && open) {
      event.stopPropagation();
      close();
    }
  }

  return (
    <div className="relative">
      <Input
        id={props.id}
        aria-describedby={props["aria-describedby"]}
        aria-invalid={props["aria-invalid"]}
        role="combobox"
        aria-expanded={open}
        aria-controls={listId}
        aria-autocomplete="list"
        {...(open && !stale && choices[current] ? { "aria-activedescendant": `${listId}-${current}` } : {})}
        value={open ? text : shown}
        placeholder={open && !free && shown ? shown : placeholder}
        onChange={(event) => search(event.target.value)}
        onClick={begin}
        // Typing replaces the selected value.
        onFocus={(event) => !free && event.target.select()}
        onBlur={close}
        onKeyDown={onKeyDown}
        className={cn("pr-7", className)}
      />
      <ChevronDown aria-hidden className="pointer-events-none absolute top-2.5 right-2 size-3.5 text-ink-3" />
      <div
        ref={list}
        id={listId}
        role="listbox"
        aria-label="Choices"
        aria-busy={stale}
        hidden={!open || (free && choices.length === 0)}
        className="absolute inset-x-0 top-full z-30 mt-1 max-h-64 overflow-y-auto rounded-md border border-line bg-raised p-1 shadow-pop"
      >
        {choices.map((choice, index) => (
          <div
            key={choice.value}
            id={`${listId}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={choice.value === value}
            // Keeps the focus in the field: its blur would close the list before the click.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => choose(choice)}
            onMouseMove={() => setActive(index)}
            className={cn(
              "flex min-h-7 cursor-pointer items-center gap-3 rounded px-2 py-0.5",
              stale ? "text-ink-3" : index === current && "active-option",
              choice.value === value && "font-medium text-accent",
            )}
          >
            <span className="min-w-0 flex-1 truncate">{choice.label}</span>
            {choice.note && <span className="shrink-0 text-xs text-ink-3">{choice.note}</span>}
          </div>
        ))}
        {more && (
          <div role="presentation" className="px-2 py-1 text-xs text-ink-3">
            {more}
          </div>
        )}
        {choices.length === 0 && (
          <div role="option" aria-selected={false} aria-disabled className="px-2 py-1 text-ink-3">
            {empty ?? "No matches."}
          </div>
        )}
      </div>
    </div>
  );
}
