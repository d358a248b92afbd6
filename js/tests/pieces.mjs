// Makes pieces of sound as the task page does. Input: cases {channels: integers each, rate, start, end, speed} as JSON; output: each
// piece with its bytes in base64. It must not know what reads them.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const entry = fileURLToPath(new URL("../src/hosts/sound-pieces.ts", import.meta.url));
const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: "esm", write: false });
const source = Buffer.from(outputFiles[0].contents).toString("base64");
const { soundPieces } = await import(`data:text/javascript;base64,${source}`);

const pieces = [];
for (const { channels, rate, kind, start, end, speed } of JSON.parse(readFileSync(0, "utf8"))) {
  const samples = channels.map((values) => Float32Array.from(values, (value) => value / 32768));
  const piece = await soundPieces(samples, rate)?.fragment(kind, start, end, false, speed);
  pieces.push(piece ? { ...piece, bytes: Buffer.from(piece.bytes).toString("base64") } : null);
}
process.stdout.write(JSON.stringify(pieces));
