export function AutomationDrawer(_: { name?: string }) { return null; }
