export function RunsPage(_: { name?: string }) { return null; }
