import type { components } from "./schema";

/** The API's own types under short names; nothing here is written by hand but the names. */
type Schemas = components["schemas"];

export type Kind = Schemas["Kind"];
export type Source = Schemas["Source"];
export type Severity = Schemas["Severity"];
export type AutomationState = Schemas["State"];
export type RunStatus = Schemas["RunStatus"];
export type StepStatus = Schemas["StepStatus"];
export type Scope = Schemas["Scope"];
export type Problem = Schemas["Problem"];
export type Session = Schemas["SessionView"];
export type Automation = Schemas["AutomationView"];
export type AutomationDetail = Schemas["AutomationDetail"];
export type AutomationDraft = Schemas["AutomationDraft"];
export type AutomationPatch = Schemas["AutomationPatch"];
export type LivePage = Schemas["LivePage"];
export type LiveSummary = Schemas["LiveSummary"];
export type Primitive = Schemas["PrimitiveView"];
export type PrimitiveDraft = Schemas["PrimitiveDraft"];
export type Run = Schemas["RunView"];
export type RunDetail = Schemas["RunDetail"];
export type Step = Schemas["StepView"];
export type Facets = Schemas["Facets"];
export type BulkAction = Schemas["BulkAction"];
export type BulkRequest = Schemas["BulkRequest"];
export type BulkResult = Schemas["BulkResult"];
export type LeftAlone = Schemas["LeftAlone"];
export type Fired = Schemas["Fired"];
export type Impact = Schemas["ImpactView"];
export type AuditItem = Schemas["AuditView"];
export type SignalRequest = Schemas["SignalRequest"];
export type HealthPolicy = Schemas["HealthPolicyConfig"];
export type Overlap = Schemas["Overlap"];
export type Verification = Schemas["Verification"];
export type Preview = Schemas["Preview"];
export type PreviewRequest = Schemas["PreviewRequest"];
