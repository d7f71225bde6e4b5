import { describe, expect, it } from "vitest";

import CSS from "../styles.css?raw";

const ENOUGH = 3;
const READABLE = 4.5;

function tokens(selector: string): Map<string, string> {
  const block = CSS.slice(CSS.indexOf(`${selector} {`)).split("}")[0] ?? "";
  return new Map([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name = "", value = ""]) => [name, value]));
}

const THEMES = { light: tokens(":root"), dark: tokens(".dark") };

type Rgb = [number, number, number];
const rgb = (hex: string) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255) as Rgb;
const over = (top: Rgb, share: number, below: Rgb) =>
  top.map((part, index) => part * share + (below[index] ?? 0) * (1 - share)) as Rgb;

function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** As WCAG 2.2 defines it. */
function contrast(one: Rgb, other: Rgb): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

describe.each(Object.entries(THEMES))("the colours of the %s theme", (_, theme) => {
  const colour = (name: string) => rgb(theme.get(name) ?? expect.fail(`there is no --${name}`));
  const surfaces = ["canvas", "panel", "raised", "sunken", "accent-soft"].map((name) => [name, colour(name)] as const);
  // The checkbox and the switch are on a row tinted by its band.
  const tinted = ["failing", "unstable", "degrading"].map(
    (band) => [`${band} row`, over(colour(`${band}-mark`), 0.09, colour("panel"))] as const,
  );

  it.each(["line-control", "accent"])("show what --%s draws on every surface", (name) => {
    for (const [surface, ground] of [...surfaces, ...tinted])
      expect(contrast(colour(name), ground), surface).toBeGreaterThanOrEqual(ENOUGH);
  });

  it.each(["running", "healthy", "degrading", "failing"])("show a mark of --%s on every row", (name) => {
    for (const [surface, ground] of [...surfaces, ...tinted])
      expect(contrast(colour(name), ground), surface).toBeGreaterThanOrEqual(ENOUGH);
  });

  it("show the thumb of a switch on its track", () => {
    expect(contrast(rgb("#ffffff"), colour("line-control"))).toBeGreaterThanOrEqual(ENOUGH);
    expect(
      contrast(theme === THEMES.dark ? colour("accent-ink") : rgb("#ffffff"), colour("accent")),
    ).toBeGreaterThanOrEqual(ENOUGH);
  });

  it.each(["ink", "ink-2", "ink-3"])("let --%s be read on every surface", (name) => {
    for (const [surface, ground] of surfaces.slice(0, 4))
      expect(contrast(colour(name), ground), surface).toBeGreaterThanOrEqual(READABLE);
  });
});
