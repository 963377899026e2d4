import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

const api = process.env["WAYWARDEN_PUBLIC_URL"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [svelte()],
  build: { target: "es2022", sourcemap: false, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  // `npm run dev` shows the board against a running api; its origin must be in WAYWARDEN_LIVE_ORIGINS.
  server: { port: 5173, proxy: { "/v1": { target: api, changeOrigin: true } } },
});
