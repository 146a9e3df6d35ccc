// Runs every built-in experiment through all its stages, on a few images: `pnpm --filter @rheobase/lab run smoke`. Arguments select experiments by
// name; options, from the first argument that starts with a dash, go to `rheobase reproduce`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { experimentNames } from '../dist/reproduction/experiment-choice.js';

const given = process.argv.slice(2);
const from = given.findIndex((word) => word.startsWith('-'));
const [named, options] = from < 0 ? [given, []] : [given.slice(0, from), given.slice(from)];
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'rheobase-smoke-'));
let failed = 0;
for (const name of named.length > 0 ? named : await experimentNames()) {
  const out = join(folder, name.replaceAll('/', '-'));
  const startTime = performance.now();
  const args = ['reproduce', name, '--smoke', '--out', out, ...options];
  const { status, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
  const seconds = ((performance.now() - startTime) / 1000).toFixed(0);
  console.log(`${status === 0 ? 'ok' : 'FAILED'}  ${name}  ${seconds} s`);
  if (status !== 0) {
    failed += 1;
    console.log(stderr);
  }
  rmSync(out, { recursive: true, force: true });
}
rmSync(folder, { recursive: true, force: true });
process.exitCode = failed > 0 ? 1 : 0;
