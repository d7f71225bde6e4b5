/** A server message as a sentence: capitalised, unless it starts with a lower-case name. */
export function sentence(text: string): string {
  return /^[a-z]+[\s,]/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}
