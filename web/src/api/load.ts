import { queryOptions } from "@tanstack/react-query";

import { api, body } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];

export type SpreadRequest = Schemas["SpreadRequest"];
export type SpreadPlan = Schemas["SpreadPlanView"];
export type SpreadMove = Schemas["SpreadMove"];
export type SpreadFixed = Schemas["SpreadFixed"];
export type SpreadBecause = Schemas["SpreadBecause"];
export type FixedReason = Schemas["FixedReason"];
export type WhatIfRequest = Schemas["WhatIfRequest"];
export type WhatIf = Schemas["WhatIf"];
export type WhatIfHour = Schemas["WhatIfHour"];
export type WhatIfAutomation = Schemas["WhatIfAutomation"];
export type WhatIfTotals = Schemas["WhatIfTotals"];
export type WaitFigures = Schemas["WaitFigures"];
export type FlowFigures = Schemas["FlowFigures"];
export type BudgetDate = Schemas["BudgetDate"];

/** A plan of moves. Live changes do not make a new one, so that it stays while somebody looks at it. */
export const spreadPlanQuery = (request: SpreadRequest) =>
  queryOptions({
    queryKey: ["spread", request] as const,
    queryFn: ({ signal }) => body(api.POST("/api/load/spread", { body: request, signal })),
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  });

export const applySpread = (plan: string) =>
  body(api.POST("/api/load/spread/{plan_id}/apply", { params: { path: { plan_id: plan } } }));

export const undoSpread = (plan: string) =>
  body(api.POST("/api/load/spread/{plan_id}/undo", { params: { path: { plan_id: plan } } }));

/** What edits would change. Live changes do not ask again; `enabled` is false where there is nothing to ask yet. */
export const whatIfQuery = (request: WhatIfRequest | null) =>
  queryOptions({
    queryKey: ["what-if", request] as const,
    queryFn: ({ signal }) => body(api.POST("/api/load/what-if", { body: request as WhatIfRequest, signal })),
    enabled: request !== null,
    staleTime: 60_000,
    retry: false,
    refetchOnWindowFocus: false,
  });
