import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const api = process.env.PODIUM_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "../api/pages/built",
    emptyOutDir: true,
    target: "es2023",
    // Its own files, so that the content security policy can name them.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
  },
  server: { proxy: { "/api": api, "/sign-in": api } },
  test: {
    environment: "node",
    css: true,
    // Components under load take longer than the default of five seconds.
    testTimeout: 20_000,
    projects: [
      // Functions: they leave nothing behind, so that all files can share what they import.
      { extends: true, test: { name: "functions", include: ["src/**/*.test.ts"], isolate: false } },
      { extends: true, test: { name: "components", include: ["src/**/*.test.tsx"] } },
    ],
  },
});
