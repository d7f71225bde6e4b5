export function PrimitivesPage(_: { name?: string }) { return null; }
