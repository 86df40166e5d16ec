import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// The server sends a strict CSP: nothing may be inlined as a script, and every asset comes from our own origin.
export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/api": { target: "http://127.0.0.1:8080", ws: true }, "/map": "http://127.0.0.1:8080" } },
  test: { environment: "jsdom", include: ["src/**/*.test.{ts,tsx}"], restoreMocks: true, testTimeout: 10000 },
});
