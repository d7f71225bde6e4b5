export function PrimitivePage(_: { name?: string }) { return null; }
