import { useQuery } from "@tanstack/react-query";
import { useLocation, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";

import { automationQuery } from "@/api/automations";
import { primitiveQuery } from "@/api/primitives";
import { runQuery } from "@/api/runs";
import type { Kind } from "@/api/types";

import { PAGES } from "./header";

/** The title of the window: the open item, else the page; names come from cached queries. */
export function useTitle(): void {
  const { open } = useSearch({ strict: false });
  const [, first = "", second = "", third = "", fourth] = useLocation({
    select: ({ pathname }) => pathname.split("/") as string[],
  });
  const slug = first === "automations" ? second : "";
  const shown = open ?? slug;
  const automation = useQuery({ ...automationQuery(shown), enabled: false }).data?.name;
  const primitive = useQuery({ ...primitiveQuery(second as Kind, third), enabled: false }).data?.name;
  const run = useQuery({ ...runQuery(second), enabled: false }).data;

  let name = PAGES.find(({ to }) => to === `/${first}`)?.label;
  if (open) name = automation ?? open;
  else if (first === "automations") name = slug === "new" ? "New automation" : `Edit ${automation ?? slug}`;
  else if (first === "primitives" && second === "new") name = "New primitive";
  else if (first === "primitives" && third) name = `${fourth ? "Edit " : ""}${primitive ?? third}`;
  else if (first === "errors" && second) name = "Error";
  else if (first === "runs" && second) name = run ? `Run of ${run.automation?.name ?? run.primitive.name}` : "Run";

  useEffect(() => {
    document.title = name ? `${name} · Podium` : "Podium";
  }, [name]);
}
