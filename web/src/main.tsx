import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { queryClient } from "@/api/requests/query-client";
import { TooltipProvider } from "@/components/ui/tooltip";
import { followFocus } from "@/lib/keyboard/focus";
import { followSystemTheme } from "@/lib/preferences";

import { router } from "./router";
import "./styles.css";

followSystemTheme();
followFocus();
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <TooltipProvider delayDuration={250}>
          <RouterProvider router={router} />
        </TooltipProvider>
      </QueryClientProvider>
    </StrictMode>,
  );
}
