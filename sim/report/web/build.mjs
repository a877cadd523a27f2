// Bundles src/ into one file, ../page.html: script and styles stand in it, so that it opens from a disk.
// `node build.mjs FILE` writes another file, for the test that compares.

import { readFile, writeFile } from "node:fs/promises";
import { build } from "esbuild";

const target = process.argv[2] ?? new URL("../page.html", import.meta.url).pathname;
const result = await build({
  entryPoints: ["src/main.tsx"],
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "utf8",
  legalComments: "inline",
  jsx: "automatic",
  jsxImportSource: "preact",
  outdir: "out",
  write: false,
});
const text = (ending) => result.outputFiles.find((file) => file.path.endsWith(ending)).text;
const shell = await readFile("page.html", "utf8");
const script = text(".js").replaceAll("</script", "<\\/script");
const page = shell.replace("/* STYLE */", () => text(".css")).replace("/* SCRIPT */", () => script);
await writeFile(target, page);
