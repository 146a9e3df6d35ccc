// Runs the pnpm that package.json pins, also where no pnpm is on the PATH (npm's npx fetches it then).
// As a program: `node scripts/pnpm.mjs install`. No dependencies: it runs before the first install.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { foreground } from './foreground.mjs';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** Both turbo and npx ask their makers' servers something unless told not to. */
export const quietEnvironment = {
  ...process.env,
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
  COREPACK_ENABLE_DOWNLOAD_PROMPT: '0',
  npm_config_update_notifier: 'false',
};

const windows = process.platform === 'win32';

function pinned() {
  const { packageManager } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8'));
  const version = /^pnpm@(\d+\.\d+\.\d+)/.exec(packageManager ?? '')?.[1];
  if (version === undefined) {
    throw new Error(`package.json: "packageManager" is ${JSON.stringify(packageManager)}; expected "pnpm@<version>"`);
  }
  return version;
}

let command;

/** The words that start the pinned pnpm: `pnpm` where that is the version on the PATH, else npx. */
function pnpmCommand() {
  if (command === undefined) {
    const version = pinned();
    const found = spawnSync('pnpm', ['--version'], {
      cwd: root,
      env: quietEnvironment,
      encoding: 'utf8',
      shell: windows,
    });
    command = found.stdout?.trim() === version ? ['pnpm'] : ['npx', '--yes', `pnpm@${version}`];
  }
  return command;
}

/** Runs pnpm to its end, as `foreground` does, and resolves to its exit code. */
export function pnpm(args, options = {}) {
  const [file, ...first] = pnpmCommand();
  return foreground(file, [...first, ...args], { cwd: root, env: quietEnvironment, shell: windows, ...options });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = await pnpm(process.argv.slice(2));
}
