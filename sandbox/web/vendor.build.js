// Bundles vendor.entry.js with everything it imports into one minified module, beside its style sheet,
// the licences of every package inside and a checksum file. Run through vendor.sh.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const read = (path) => readFileSync(path, "utf8");
const packageAt = (folder) => ({ folder, ...JSON.parse(read(join(folder, "package.json"))) });

const kit = packageAt("node_modules/@chatscope/chat-ui-kit-react");
const styles = packageAt("node_modules/@chatscope/chat-ui-kit-styles");
const target = join("vendor", `chatscope-chat-ui-kit-react-${kit.version}`);

const result = await build({
  entryPoints: ["vendor.entry.js"],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "inline",
  define: { "process.env.NODE_ENV": '"production"' },
  metafile: true,
  write: false,
});

/** The package folders whose code ended up in the bundle: node_modules/name or node_modules/@scope/name. */
function bundledPackages(inputs) {
  const folders = Object.keys(inputs)
    .map((path) => path.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0])
    .filter(Boolean);
  return [...new Set([...folders, styles.folder])].sort().map(packageAt);
}

function licenceText(pack) {
  const file = readdirSync(pack.folder).find((name) => /^licen[cs]e/i.test(name));
  if (!file) throw new Error(`${pack.name} carries no licence file: vendor it by hand or leave it out`);
  return `${pack.name} ${pack.version} (${pack.license})\n\n${read(join(pack.folder, file)).trim()}\n`;
}

const files = {
  "chat-ui-kit.css": read(join(styles.folder, "dist/default/styles.min.css")).replace(/\/\*# sourceMapping.*?\*\/\s*/s, ""),
  "chat-ui-kit.js": result.outputFiles[0].text,
  "LICENSES.txt": bundledPackages(result.metafile.inputs).map(licenceText).join(`\n${"-".repeat(80)}\n\n`),
};

rmSync("vendor", { recursive: true, force: true });
mkdirSync(target, { recursive: true });
for (const [name, text] of Object.entries(files)) writeFileSync(join(target, name), text);
const sums = Object.entries(files).map(([name, text]) => `${createHash("sha256").update(text).digest("hex")}  ${name}\n`);
writeFileSync(join(target, "SHA256SUMS"), sums.join(""));
console.log(`${target}: ${Object.entries(files).map(([name, text]) => `${name} ${Buffer.byteLength(text)}`).join(", ")}`);
