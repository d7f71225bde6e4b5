const WIDTH = 240;
const HEIGHT = 36;
const PAD = 2;

interface SparklineProps {
  label: string;
  values: readonly (number | null)[];
  format: (value: number) => string;
}

/** One quantity over the newest runs; what is unknown leaves a gap. */
export function Sparkline({ label, values, format }: SparklineProps) {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return null;
  const most = Math.max(...known);
  return (
    <figure className="min-w-0">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="h-9 w-full"
        role="img"
        aria-label={`${label}: from ${format(Math.min(...known))} to ${format(most)}`}
      >
        <path d={line(values, most)} fill="none" stroke="var(--accent)" strokeWidth="1.5" vectorEffect="non-scaling-stroke" />
      </svg>
      <figcaption className="flex justify-between text-2xs text-ink-3">
        <span>{label}</span>
        <span>up to {format(most)}</span>
      </figcaption>
    </figure>
  );
}

export function line(values: readonly (number | null)[], most: number): string {
  const stepPx = WIDTH / Math.max(1, values.length - 1);
  let pen = "M";
  let path = "";
  values.forEach((value, index) => {
    if (value === null) {
      pen = "M";
      return;
    }
    const y = HEIGHT - PAD - (most > 0 ? value / most : 0) * (HEIGHT - 2 * PAD);
    path += `${pen}${(index * stepPx).toFixed(1)} ${y.toFixed(1)}`;
    pen = "L";
  });
  return path;
}
