import { type KeyboardEvent, useState } from "react";

/** The index that an arrow key moves to; undefined for other keys. */
export function moved(key: string, at: number, count: number): number | undefined {
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: count - 1 }[key];
  return to === undefined ? undefined : Math.max(0, Math.min(count - 1, to));
}

/** Roving focus: a row of links or buttons is one tab stop, and arrow keys move within it. */
export function useRoving(count: number, first = count - 1) {
  const [chosen, setChosen] = useState<number>();
  const at = Math.min(chosen ?? first, count - 1);
  return {
    row: {
      onKeyDown: (event: KeyboardEvent<HTMLElement>) => {
        const to = moved(event.key, at, count);
        if (to === undefined) return;
        event.preventDefault();
        event.currentTarget.querySelectorAll<HTMLElement>("a, button")[to]?.focus();
      },
    },
    item: (index: number) => ({ tabIndex: index === at ? 0 : -1, onFocus: () => setChosen(index) }),
  };
}
