/** "New York" for America/New_York: how people name a time zone in a sentence. */
export function cityOf(zone: string): string {
  return zone.split("/").at(-1)?.replaceAll("_", " ") ?? zone;
}
