/** What the server says, as it stands on the page: with a capital, unless it begins with something that is spelled small. */
export function sentence(text: string): string {
  return /^[a-z]+[\s,]/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}
