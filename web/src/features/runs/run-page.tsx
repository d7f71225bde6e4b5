export function RunPage(_: { name?: string }) { return null; }
