// The steps that `npm start` and `npm test` share, and the runner that names and times each.
// No dependencies: it runs before the first install.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { foreground } from './foreground.mjs';
import { pnpm, quietEnvironment, root } from './pnpm.mjs';

const say = (line) => process.stderr.write(`${line}\n`);

/** A step that did not end with exit code 0. */
export class StepFailure extends Error {
  constructor(step, code) {
    super(`${step} failed with exit code ${code}`);
    this.step = step;
    this.code = code;
  }
}

/** Runs `body`, which resolves to an exit code, or to a string when there was nothing to do. */
export async function step(name, body) {
  const start = performance.now();
  say(`▶ ${name}`);
  const outcome = await body();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  if (typeof outcome === 'string') {
    say(`✔ ${name}: ${outcome} (${seconds} s)`);
  } else if (outcome === 0) {
    say(`✔ ${name} (${seconds} s)`);
  } else {
    say(`✘ ${name} failed after ${seconds} s, exit code ${outcome}`);
    throw new StepFailure(name, outcome);
  }
}

/** Runs one of package.json's scripts, with the workspace's programs on the PATH, as npm would. */
export function script(name, ...args) {
  const line = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')).scripts[name];
  if (line === undefined) throw new Error(`package.json has no script "${name}"`);
  const path = [resolve(root, 'node_modules/.bin'), process.env.PATH ?? process.env.Path].join(delimiter);
  return foreground([line, ...args].join(' '), [], {
    cwd: root,
    env: { ...quietEnvironment, PATH: path },
    // Steps report to stderr, so that stdout stays free for the result of the program that is started in the end.
    stdio: ['ignore', 2, 2],
    shell: true,
  });
}

function manifests() {
  const files = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml'];
  for (const group of ['packages', 'apps']) {
    if (!existsSync(resolve(root, group))) continue;
    for (const name of readdirSync(resolve(root, group)).toSorted()) files.push(`${group}/${name}/package.json`);
  }
  return files.filter((file) => existsSync(resolve(root, file)));
}

function fingerprint() {
  const hash = createHash('sha256').update(`${process.version} ${process.platform} ${process.arch}\n`);
  for (const file of manifests()) hash.update(`${file}\n`).update(readFileSync(resolve(root, file)));
  return hash.digest('hex');
}

/** pnpm install, unless node_modules already came from these very manifests. */
export async function install() {
  const stamp = resolve(root, 'node_modules/.installed-from');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint()) return 'nothing to do';
  const code = await pnpm(['install'], { stdio: ['ignore', 2, 2] });
  if (code === 0) writeFileSync(stamp, fingerprint());
  return code;
}

/** Every `tsc -b` in one process, so that two builds never write the same dist. */
export const build = () => script('build');

export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    say(`Rheobase needs Node 20.19 or later; this is ${process.version}. Install a newer Node and run again.`);
    process.exit(1);
  }
}

/** A folder for what a run leaves behind for the next one; git ignores it. */
export function cacheFolder() {
  const folder = resolve(root, '.cache');
  mkdirSync(folder, { recursive: true });
  return folder;
}
