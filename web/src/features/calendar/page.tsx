export function CalendarPage(_: { name?: string }) { return null; }
