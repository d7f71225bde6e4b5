import { Check, Copy } from "lucide-react";
import { useState } from "react";

import { Button } from "./ui/button";

const SAID_MS = 1500;

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <Button
      look="quiet"
      size="mini"
      aria-label={copied ? "Copied" : label}
      title={label}
      onClick={(event) => {
        event.stopPropagation();
        void navigator.clipboard.writeText(text).then(() => {
          setCopied(true);
          setTimeout(() => setCopied(false), SAID_MS);
        });
      }}
    >
      {copied ? <Check className="size-3 text-healthy" /> : <Copy className="size-3" />}
    </Button>
  );
}
