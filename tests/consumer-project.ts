import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { PublishedPackage } from './published-packages.js';
import { readManifest, root } from './published-packages.js';

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  /** Standard output and standard error, in the order in which they came. */
  readonly output: string;
}

/** Runs a program to its end, off this thread. */
export function run(file: string, args: readonly string[], cwd: string, timeoutMs = 120_000): Promise<Ended> {
  return new Promise((settle, fail) => {
    const child = spawn(file, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      shell: process.platform === 'win32' && file !== process.execPath,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += String(chunk)));
    child.on('error', fail);
    child.on('close', (code) => settle({ code, output }));
  });
}

async function mustRun(file: string, args: readonly string[], cwd: string): Promise<void> {
  const { code, output } = await run(file, args, cwd, 280_000);
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with exit code ${code}:\n${output}`);
}

/** Packs the packages into `folder`, as they would be published; returns the path of each tarball by the package's name. */
export async function pack(
  packages: readonly PublishedPackage[],
  folder: string,
): Promise<ReadonlyMap<string, string>> {
  const filters = packages.map(({ manifest }) => `--filter=${manifest.name}`);
  await mustRun(
    process.execPath,
    [resolve(root, 'scripts/pnpm.mjs'), ...filters, '--recursive', 'pack', '--pack-destination', folder],
    root,
  );
  return new Map(
    packages.map(({ manifest }) => {
      const tarball = join(folder, `${manifest.name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`);
      if (!existsSync(tarball)) throw new Error(`${manifest.name}: pnpm pack made no ${tarball}`);
      return [manifest.name, tarball];
    }),
  );
}

const digest = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

/**
 * Installs the tarballs with npm into a folder outside the workspace that holds nothing else, and returns its path.
 * The folder's name carries a hash of the tarballs, so an unchanged set is installed once.
 */
export async function install(
  packages: readonly PublishedPackage[],
  tarballs: ReadonlyMap<string, string>,
): Promise<string> {
  const { devDependencies = {} } = readManifest('.');
  const hashes = [...tarballs].map(([name, path]) => `${name} ${digest(path)}`);
  const key = createHash('sha256')
    .update([process.version, JSON.stringify(devDependencies), ...hashes].join('\n'))
    .digest('hex');
  const folder = join(tmpdir(), `rheobase-consumer-${key.slice(0, 16)}`);
  removeStale();
  if (existsSync(folder)) return folder;

  const fresh = mkdtempSync(join(tmpdir(), 'rheobase-consumer-new-'));
  mkdirSync(join(fresh, 'tarballs'));
  const dependencies: Record<string, string> = { '@types/node': devDependencies['@types/node'] ?? '*' };
  const overrides: Record<string, string> = {};
  for (const [name, path] of tarballs) {
    const file = join('tarballs', `${name.replace('@', '').replace('/', '-')}.tgz`);
    writeFileSync(join(fresh, file), readFileSync(path));
    dependencies[name] = `file:${file}`;
    // A package's dependency on its siblings is a version range; they are not published yet, and must come from here.
    overrides[name] = `$${name}`;
  }
  writeFileSync(
    join(fresh, 'package.json'),
    JSON.stringify({ name: 'consumer', private: true, type: 'module', dependencies, overrides }, null, 2),
  );
  await mustRun(
    'npm',
    ['install', '--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'],
    fresh,
  );
  try {
    renameSync(fresh, folder);
  } catch (error) {
    // Another run may have been first; its folder holds the same.
    if (!existsSync(folder)) throw error;
    rmSync(fresh, { recursive: true, force: true });
  }
  return folder;
}

/** Folders of other states of the packages serve nobody after a day. */
function removeStale(): void {
  const dayMs = 24 * 60 * 60 * 1000;
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith('rheobase-consumer-')) continue;
    const path = join(tmpdir(), name);
    const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (Date.now() - changed > dayMs) rmSync(path, { recursive: true, force: true });
  }
}

/** One error that the TypeScript compiler found: the file, from the consumer's folder, and the message. */
export interface Diagnostic {
  readonly file: string;
  readonly message: string;
}

/**
 * Writes each example into the consumer and compiles them together, strictly and without skipLibCheck, so that the packages
 * own declarations are checked too. (Errors in other declarations come along: those of tfjs-core use browser types that a
 * consumer in Node does not have.) Example `name` becomes `out/<name>.js`.
 */
export async function compile(consumer: string, examples: ReadonlyMap<string, string>): Promise<readonly Diagnostic[]> {
  rmSync(join(consumer, 'src'), { recursive: true, force: true });
  mkdirSync(join(consumer, 'src'));
  for (const [name, text] of examples) writeFileSync(join(consumer, 'src', `${name}.ts`), text);
  const compilerOptions = {
    target: 'ES2022',
    lib: ['ES2023'],
    types: ['node'],
    module: 'NodeNext',
    strict: true,
    skipLibCheck: false,
    moduleDetection: 'force',
    rootDir: 'src',
    outDir: 'out',
  };
  writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['src'] }, null, 2));
  const compiler = resolve(root, 'node_modules/typescript/bin/tsc');
  const { code, output } = await run(process.execPath, [compiler, '-p', consumer, '--pretty', 'false'], consumer);
  const diagnostics: Diagnostic[] = [];
  for (const line of output.split('\n')) {
    const found = /^(\S.*?)\((\d+),(\d+)\): error (.*)$/.exec(line);
    const [, file, row, , message] = found ?? [];
    if (file !== undefined) diagnostics.push({ file, message: `line ${row}: ${message}` });
    else if (line.startsWith('error ')) diagnostics.push({ file: '', message: line });
  }
  if (code !== 0 && diagnostics.length === 0) throw new Error(`the TypeScript compiler ended with ${code}:\n${output}`);
  return diagnostics;
}
