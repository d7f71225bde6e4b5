import { useEffect, useState } from "react";

const PHONE_PX = 640;

/** Whether the window is narrower than this, by default as narrow as a phone; follows zoom and rotation. */
export function useNarrow(px = PHONE_PX): boolean {
  const media = `(max-width: ${px - 1}px)`;
  const [narrow, setNarrow] = useState(() => matchMedia(media).matches);
  useEffect(() => {
    const query = matchMedia(media);
    const listen = () => setNarrow(query.matches);
    query.addEventListener("change", listen);
    return () => query.removeEventListener("change", listen);
  }, [media]);
  return narrow;
}
