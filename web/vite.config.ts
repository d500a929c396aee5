import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createHash } from "node:crypto";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vitest/config";

const DESK = process.env.LOBBY_URL ?? "http://127.0.0.1:8484";
const COMPRESSED = /\.(html|js|css|svg|webmanifest)$/;

/** Names the files of the page in its service worker, then lays a brotli and a gzip form beside each text file. */
function finish(): Plugin {
  return {
    name: "lobby-finish",
    apply: "build",
    writeBundle({ dir }) {
      if (dir === undefined) return;
      const all = readdirSync(dir, { recursive: true, encoding: "utf-8" });
      const shell = all.filter((path) => /^assets\/.*\.(js|css)$|^icon\.svg$|\.webmanifest$/.test(path)).sort();
      const index = readFileSync(join(dir, "index.html"));
      const version = createHash("sha256").update(index).update(shell.join()).digest("hex").slice(0, 12);
      const worker = join(dir, "sw.js");
      const code = readFileSync(worker, "utf-8")
        .replace('"__SHELL__"', JSON.stringify(["/", ...shell.map((path) => `/${path}`)]))
        .replace("__VERSION__", version);
      writeFileSync(worker, code);
      for (const path of all.filter((path) => COMPRESSED.test(path))) {
        const body = readFileSync(join(dir, path));
        const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: body.length };
        writeFileSync(join(dir, `${path}.br`), brotliCompressSync(body, { params }));
        writeFileSync(join(dir, `${path}.gz`), gzipSync(body, { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), finish()],
  worker: { format: "es" },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { index: "index.html", sw: "src/service-worker.ts" },
      output: { entryFileNames: (chunk) => (chunk.name === "sw" ? "sw.js" : "assets/[name]-[hash].js") },
    },
  },
  server: {
    // a desk that runs beside it answers what is not the page; it takes its own pages' Origin only
    proxy: {
      "^/(v1|realtime|readyz|ca.crt)": { target: DESK, ws: true, changeOrigin: true, headers: { origin: DESK } },
    },
  },
  test: { include: ["tests/**/*.test.ts"] },
});
