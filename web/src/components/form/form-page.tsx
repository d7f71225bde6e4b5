import { type NavigateOptions, useCanGoBack, useNavigate, useRouter } from "@tanstack/react-router";
import type { FormEvent, ReactNode } from "react";

import { Button } from "@/components/ui/button";

interface FormPageProps {
  title: string;
  /** What changes how the form is shown, beside its title. */
  tools?: ReactNode;
  /** What is to be known before one goes on, above the columns. */
  notices?: ReactNode;
  children: ReactNode;
  /** What is seen of it while it is written: beside it, and on a narrow window below it. */
  aside?: ReactNode;
  /** What keeps it from being saved. */
  problems: ReactNode;
  /** One line of the aside, where that is out of sight. */
  summary?: ReactNode;
  /** What the button that saves says. */
  verb: string;
  isBusy: boolean;
  /** Where one goes who came from nowhere and gives it up. */
  away: NavigateOptions;
  onSubmit: () => void;
}

/** A page that is one form: its title, its parts with what they come to beside them, and the bar that saves it. */
export function FormPage({
  title,
  tools,
  notices,
  children,
  aside,
  problems,
  summary,
  verb,
  isBusy,
  away,
  onSubmit,
}: FormPageProps) {
  const giveUp = useGiveUp(away);

  function submit(event: FormEvent) {
    event.preventDefault();
    onSubmit();
  }

  return (
    <form
      onSubmit={submit}
      noValidate
      className="mx-auto -mb-16 grid min-h-[calc(100dvh-3rem)] max-w-6xl grid-cols-[minmax(0,1fr)] grid-rows-[auto_auto_1fr_auto] gap-x-5 gap-y-3 pt-4 lg:grid-cols-[minmax(0,1fr)_22rem] lg:grid-rows-[auto_1fr_auto]"
    >
      <div className="flex min-w-0 flex-col gap-3 lg:col-span-2">
        <header className="flex min-h-8 items-center gap-3">
          <h1 className="min-w-0 flex-1 truncate text-base font-semibold">{title}</h1>
          {tools}
        </header>
        {notices}
      </div>
      <div className="flex min-w-0 flex-col gap-3">{children}</div>
      {aside ? (
        <div className="flex min-w-0 flex-col gap-3 lg:sticky lg:top-16 lg:max-h-[calc(100dvh-8rem)] lg:self-start lg:overflow-y-auto">
          {aside}
        </div>
      ) : (
        <div />
      )}
      <footer
        data-bottom-bar
        className="sticky bottom-0 z-20 -mx-3 flex flex-col gap-2 border-t border-line bg-canvas px-3 py-2 sm:mx-0 sm:px-0 lg:col-span-2"
      >
        {problems}
        <div className="flex flex-wrap items-center justify-end gap-2">
          {summary}
          <Button onClick={giveUp}>Cancel</Button>
          <Button type="submit" look="primary" disabled={isBusy}>
            {verb}
          </Button>
        </div>
      </footer>
    </form>
  );
}

/** Back to where one came from. */
function useGiveUp(away: NavigateOptions): () => void {
  const { history } = useRouter();
  const canGoBack = useCanGoBack();
  const navigate = useNavigate();
  return () => (canGoBack ? history.back() : void navigate(away));
}
