export function NewAutomationPage(_: { name?: string }) { return null; }
export function EditAutomationPage() { return null; }
