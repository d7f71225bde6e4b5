import { useEffect, useRef } from "react";

/** Calls a function when its place comes near the window. A new `key` looks anew. */
export function Seen({ onSeen }: { onSeen: () => void }) {
  const element = useRef<HTMLSpanElement>(null);
  const latest = useRef(onSeen);
  useEffect(() => {
    latest.current = onSeen;
  });
  useEffect(() => {
    if (!element.current) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && latest.current(), {
      rootMargin: "600px",
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return <span ref={element} aria-hidden className="block h-px w-px" />;
}
