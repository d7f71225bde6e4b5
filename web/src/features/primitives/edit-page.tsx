export function NewPrimitivePage(_: { name?: string }) { return null; }
export function EditPrimitivePage() { return null; }
