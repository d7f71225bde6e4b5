import type { ControlReason } from "@/api/types";

export interface SentencePart {
  text: string;
  /** Undefined between the reasons. */
  reason?: ControlReason;
}

/** Cuts the sentence where it tells a reason, so that each can lead to what is behind it; `others` are not in it. */
export function sentenceParts(
  sentence: string,
  reasons: readonly ControlReason[],
): { parts: SentencePart[]; others: ControlReason[] } {
  const parts: SentencePart[] = [];
  const others: ControlReason[] = [];
  let at = 0;
  for (const reason of reasons) {
    const begin = sentence.indexOf(reason.text, at);
    if (begin < 0) {
      others.push(reason);
      continue;
    }
    if (begin > at) parts.push({ text: sentence.slice(at, begin) });
    at = begin + reason.text.length;
    parts.push({ text: reason.text, reason });
  }
  if (at < sentence.length) parts.push({ text: sentence.slice(at) });
  return { parts, others };
}
