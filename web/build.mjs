// Builds lrdsl/web/static from web/: `make web`, or `npm ci && npm run build` here.
//
// What is built is committed, so that an installation needs no node. `built.json` names the
// sources and the results by their hashes; tests/test_web_page.py compares them.

import { createHash } from "node:crypto";
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "../lrdsl/web/static");
const common = {
  bundle: true,
  minify: true,
  charset: "utf8",
  target: ["chrome111", "firefox113", "safari16.4"],
  legalComments: "none", // LICENSES.txt has them in full
  outdir: out,
  logLevel: "warning",
};

await Promise.all([
  build({ ...common, format: "esm", entryPoints: [join(here, "src/app.js")] }),
  // stands in a page as it is: no module, nothing left behind in the page's names
  build({
    ...common,
    format: "iife",
    entryPoints: { chart: join(here, "src/file.js") },
    banner: { js: `/*\nDrawn with uPlot.\n\n${licence("uplot")}\n*/` }, // travels with its copies
  }),
  build({ ...common, entryPoints: [join(here, "src/app.css")] }),
]);
copyFileSync(join(here, "index.html"), join(out, "index.html"));

/** The text of a package's licence. */
function licence(name) {
  const folder = join(here, "node_modules", name);
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  return readFileSync(join(folder, file), "utf8").trim();
}

/** The licences of all packages that the bundles may take code from. */
function licences() {
  const lock = JSON.parse(readFileSync(join(here, "package-lock.json"), "utf8"));
  const packages = Object.entries(lock.packages).filter(([path, about]) => path && !about.dev);
  const texts = packages.map(([path, { version, license }]) => {
    const name = path.replace("node_modules/", "");
    return `${name} ${version} (${license})\n\n${licence(name)}\n`;
  });
  return `The files beside this one contain these works.\n\n${texts.join("\n" + "-".repeat(80) + "\n\n")}`;
}
writeFileSync(join(out, "LICENSES.txt"), licences());

const hash = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");
const listed = (folder, names) => Object.fromEntries(names.sort().map((n) => [n, hash(join(folder, n))]));
const sources = readdirSync(join(here, "src")).map((name) => `src/${name}`);
const built = ["app.css", "app.js", "chart.js", "index.html", "LICENSES.txt"];
writeFileSync(
  join(out, "built.json"),
  JSON.stringify(
    {
      sources: listed(here, [...sources, "build.mjs", "index.html", "package.json", "package-lock.json"]),
      built: listed(out, built),
    },
    null,
    1,
  ) + "\n",
);
for (const name of built) {
  console.log(`${name}: ${(readFileSync(join(out, name)).length / 1024).toFixed(1)} KiB`);
}
