import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { CornerDownLeft, type LucideIcon, Moon, Plus, Search, Sun } from "lucide-react";
import { Dialog } from "radix-ui";
import { type KeyboardEvent, useEffect, useEffectEvent, useState } from "react";

import { liveListQuery } from "@/api/live";
import { primitivesQuery } from "@/api/primitives";
import { useOpenAutomation } from "@/components/open-automation";
import { DIALOG_PROPS, MessagesReachable } from "@/components/ui/overlay";
import { cn } from "@/lib/cn";
import { KINDS } from "@/lib/words/kinds";
import { choose, useIsDark } from "@/lib/preferences";
import { useShortcuts } from "@/lib/keyboard/shortcuts";
import { useDebounced } from "@/lib/use-debounced";

import { PAGES } from "./header";

interface Command {
  id: string;
  label: string;
  detail?: string;
  icon: LucideIcon;
  run: () => void;
}

interface PaletteProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

const RESTS_MS = 120;
const FOUND = 7;

/** Finds pages, commands, automations and primitives by name. */
export function Palette({ open, onOpenChange }: PaletteProps) {
  const navigate = useNavigate();
  useShortcuts({
    n: () => void navigate({ to: "/automations/new" }),
    ...Object.fromEntries(PAGES.map((page) => [page.key.toUpperCase(), () => void navigate({ to: page.to })])),
  });
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        onOpenChange(!open);
      }
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [open, onOpenChange]);

  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-50 appear bg-black/30" />
        <Dialog.Content
          {...DIALOG_PROPS}
          aria-describedby={undefined}
          className="fixed top-[12vh] left-1/2 z-50 w-[calc(100vw-1.5rem)] max-w-xl -translate-x-1/2 appear overflow-hidden rounded-lg border border-line bg-raised shadow-pop"
        >
          <Dialog.Title className="sr-only">Search and commands</Dialog.Title>
          <MessagesReachable />
          <Finder onDone={() => onOpenChange(false)} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Finder({ onDone }: { onDone: () => void }) {
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const { commands, fixed, settled } = useCommands(text);
  const chosen = Math.min(active, commands.length - 1);
  // Enter waits for the search results; pages and commands are found at once.
  const [entered, setEntered] = useState(false);
  const runEntered = useEffectEvent(() => {
    setEntered(false);
    run(commands[chosen]);
  });
  useEffect(() => {
    // oxlint-disable-next-line react/set-state-in-effect -- what was searched for arrives after the key was pressed
    if (entered && settled) runEntered();
  }, [entered, settled]);

  function run(command: Command | undefined) {
    if (!command) return;
    onDone();
    command.run();
  }

  function onKeyDown(event: KeyboardEvent) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setActive((chosen + step + commands.length) % Math.max(commands.length, 1));
    } else if (event.key === "Enter") {
      if (settled || chosen < fixed) run(commands[chosen]);
      else setEntered(true);
    }
  }

  return (
    <>
      <div className="flex items-center gap-2 border-b border-line px-3.5">
        <Search className="size-4 text-ink-3" />
        <input
          autoFocus
          role="combobox"
          aria-expanded
          aria-controls="palette-list"
          aria-activedescendant={commands[chosen] ? `palette-${commands[chosen].id}` : undefined}
          aria-label="Search and commands"
          placeholder="Search pages, commands and automations…"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setActive(0);
            setEntered(false);
          }}
          onKeyDown={onKeyDown}
          className="h-11 flex-1 bg-transparent outline-none placeholder:text-ink-3"
        />
      </div>
      <div id="palette-list" role="listbox" aria-label="Found" className="max-h-[50vh] overflow-y-auto p-1.5">
        {commands.map((command, index) => (
          <div
            key={command.id}
            id={`palette-${command.id}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            onPointerMove={() => setActive(index)}
            onClick={() => run(command)}
            className={cn(
              "flex h-8 cursor-pointer items-center gap-2.5 rounded px-2",
              index === chosen && "active-option",
            )}
          >
            <command.icon className="size-4 shrink-0 text-ink-3" strokeWidth={1.8} />
            <span className="truncate">{command.label}</span>
            <span className="flex-1 truncate text-xs text-ink-3">{command.detail}</span>
            {index === chosen && <CornerDownLeft className="size-3.5 text-ink-3" />}
          </div>
        ))}
      </div>
      {commands.length === 0 && <p className="px-4 pb-4 text-ink-2">No results.</p>}
      <p className="hidden border-t border-line px-3.5 py-2 text-2xs text-ink-3 sm:block">
        Arrows move, Enter opens, Esc closes. Press ? on a page for all shortcuts
      </p>
    </>
  );
}

/** `fixed` of them come first and need no server; `settled` is false while the others answer an earlier text. */
function useCommands(text: string): { commands: Command[]; fixed: number; settled: boolean } {
  const navigate = useNavigate();
  const open = useOpenAutomation();
  const dark = useIsDark();
  const search = useDebounced(text.trim(), RESTS_MS);
  const automations = useQuery({ ...liveListQuery({ search }), enabled: search !== "" });
  const primitives = useQuery({ ...primitivesQuery({ search }), enabled: search !== "" });

  const standing: Command[] = [
    ...PAGES.map((page) => ({
      id: `page-${page.key}`,
      label: page.label,
      detail: "page",
      icon: page.icon,
      run: () => void navigate({ to: page.to }),
    })),
    { id: "new", label: "New automation", icon: Plus, run: () => void navigate({ to: "/automations/new" }) },
    { id: "new-primitive", label: "New primitive", icon: Plus, run: () => void navigate({ to: "/primitives/new" }) },
    {
      id: "theme",
      label: dark ? "Light theme" : "Dark theme",
      icon: dark ? Sun : Moon,
      run: () => choose("theme", dark ? "light" : "dark"),
    },
  ];
  const wanted = text.trim().toLowerCase();
  const fitting = standing.filter((one) => one.label.toLowerCase().includes(wanted));
  if (wanted === "") return { commands: fitting, fixed: fitting.length, settled: true };
  const commands = [
    ...fitting,
    ...(automations.data?.automations ?? []).slice(0, FOUND).map((one) => ({
      id: one.id,
      label: one.name,
      detail: one.config.cronText ?? one.description,
      icon: KINDS[one.primitiveType].icon,
      run: () => open(one.slug),
    })),
    ...(primitives.data ?? []).slice(0, FOUND).map((one) => ({
      id: one.id,
      label: one.name,
      detail: `${KINDS[one.kind].label.toLowerCase()} primitive`,
      icon: KINDS[one.kind].icon,
      run: () => void navigate({ to: "/primitives/$kind/$slug", params: { kind: one.kind, slug: one.slug } }),
    })),
  ];
  const isCurrent = [automations, primitives].every((one) => !one.isPending && !one.isPlaceholderData);
  return { commands, fixed: fitting.length, settled: search === text.trim() && isCurrent };
}
