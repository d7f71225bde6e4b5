import { type NavigateOptions, useCanGoBack, useNavigate, useRouter } from "@tanstack/react-router";
import type { FormEvent, ReactNode } from "react";

import { Button } from "@/components/ui/button";

interface FormPageProps {
  title: string;
  /** View controls beside the title. */
  tools?: ReactNode;
  /** Notices above the columns. */
  notices?: ReactNode;
  children: ReactNode;
  /** The preview: beside the form, or below it on narrow windows. */
  aside?: ReactNode;
  /** The error summary. */
  problems: ReactNode;
  /** One line of the preview, for when it is out of sight. */
  summary?: ReactNode;
  /** The label of the save button. */
  verb: string;
  isBusy: boolean;
  /** Where Cancel leads without a previous page. */
  away: NavigateOptions;
  onSubmit: () => void;
}

/** A page with one form: title, parts, preview, and the bar with the save button. */
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

function useGiveUp(away: NavigateOptions): () => void {
  const { history } = useRouter();
  const canGoBack = useCanGoBack();
  const navigate = useNavigate();
  return () => (canGoBack ? history.back() : void navigate(away));
}
