import type { ComponentProps } from "react";

import { cn } from "@/lib/cn";

const LOOKS = {
  primary: "border border-transparent bg-accent text-accent-ink hover:brightness-110",
  plain: "border border-line bg-panel text-ink hover:bg-sunken",
  quiet: "text-ink-2 hover:bg-sunken hover:text-ink",
  danger: "border border-transparent bg-failing text-white hover:brightness-110 dark:text-black",
} as const;

const SIZES = {
  md: "h-8 px-3 gap-1.5",
  sm: "h-7 px-2 gap-1",
  icon: "size-8 justify-center",
  mini: "size-6 justify-center",
} as const;

interface ButtonProps extends ComponentProps<"button"> {
  look?: keyof typeof LOOKS;
  size?: keyof typeof SIZES;
}

export const buttonClass = (look: keyof typeof LOOKS = "plain", size: keyof typeof SIZES = "md") =>
  cn(
    "inline-flex shrink-0 items-center rounded-md text-sm font-medium whitespace-nowrap transition-colors select-none",
    "disabled:pointer-events-none disabled:opacity-50 aria-disabled:cursor-default aria-disabled:opacity-50",
    LOOKS[look],
    SIZES[size],
  );

export function Button({ look = "plain", size = "md", className, type = "button", ...rest }: ButtonProps) {
  return <button type={type} className={cn(buttonClass(look, size), className)} {...rest} />;
}
