// Compiles the kernels of a package, its c/*.c, into the modules that its wasm.json names: `[{ "file": …, "flags": […] }]`, written to
// assets/. The compiler, a clang that is itself WebAssembly, is fetched from npm once, into a cache folder outside the workspace
// (100 MB): `npm start` and `npm test` need none, for the modules are committed.
//
//   node scripts/build-wasm.mjs PACKAGE            compile, and write the modules of packages/PACKAGE
//   node scripts/build-wasm.mjs PACKAGE --check    write nothing; fail where the committed modules are not what the sources give.
//                                                  Without the compiler in the cache, only what is committed is looked at.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { faults, withoutGlobals } from './wasm-sections.mjs';

const compiler = { name: '@yowasp/clang', version: '21.1.4-3' };
const flags = [
  '--target=wasm32',
  '-O3',
  '-msimd128',
  '-mbulk-memory',
  '-ffreestanding',
  '-nostdlib',
  '-std=c17',
  '-Wall',
  '-Wextra',
  '-Werror',
  // Loop strength reduction turns the constant offsets of loads into additions: an eighth of the time, here.
  '-mllvm',
  '-disable-lsr',
  '-Wl,--no-entry',
  '-Wl,--import-memory',
  '-Wl,-z,stack-size=0',
  '-Wl,--strip-all',
];
const [name = ''] = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const packageFolder = resolve(dirname(fileURLToPath(import.meta.url)), '../packages', name);
const asset = (file) => resolve(packageFolder, 'assets', file);
const variants = readVariants();

function readVariants() {
  const file = resolve(packageFolder, 'wasm.json');
  if (name !== '' && existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  process.stderr.write(`usage: build-wasm.mjs PACKAGE [--check]; packages/${name} has no wasm.json.\n`);
  return process.exit(2);
}

/** Where the compiler is, or would be: `~/.cache/rheobase`, or what RHEOBASE_CACHE says. */
function compilerFolder() {
  const cache = process.env.RHEOBASE_CACHE ?? resolve(homedir(), '.cache/rheobase');
  return resolve(cache, `clang-${compiler.version}`);
}

const compilerModule = () => resolve(compilerFolder(), 'node_modules', compiler.name, 'gen/bundle.js');

function fetchCompiler() {
  const folder = compilerFolder();
  mkdirSync(folder, { recursive: true });
  process.stderr.write(`fetching ${compiler.name} ${compiler.version} into ${folder}\n`);
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const install = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', '--no-save'];
  const { status } = spawnSync(npm, [...install, `${compiler.name}@${compiler.version}`], {
    cwd: folder,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0 || !existsSync(compilerModule())) {
    throw new Error(`npm could not fetch ${compiler.name}@${compiler.version} into ${folder} (exit code ${status}).`);
  }
}

function sources() {
  const folder = resolve(packageFolder, 'c');
  const names = readdirSync(folder).toSorted();
  return Object.fromEntries(names.map((name) => [name, readFileSync(resolve(folder, name), 'utf8')]));
}

async function compile(clang, files, variant) {
  const said = [];
  const decoder = new TextDecoder();
  const listen = (bytes) => {
    if (bytes !== null) said.push(decoder.decode(bytes, { stream: true }));
  };
  const units = Object.keys(files).filter((name) => name.endsWith('.c'));
  try {
    const tree = await clang([...flags, ...variant.flags, '-o', variant.file, ...units], files, {
      stdout: listen,
      stderr: listen,
    });
    const bytes = tree[variant.file];
    if (!(bytes instanceof Uint8Array)) throw new Error('it gave no module');
    return withoutGlobals(bytes);
  } catch (error) {
    throw new Error(`clang could not compile ${variant.file}: ${said.join('') || error}`, { cause: error });
  }
}

function requireSound(file, bytes) {
  const found = faults(bytes);
  if (found.length > 0) throw new Error(`${file} cannot share a heap: it ${found.join('; it ')}.`);
}

/** Compares what is committed with what the sources give. Returns what was done, in words. */
async function check() {
  for (const { file } of variants) requireSound(file, readFileSync(asset(file)));
  if (!existsSync(compilerModule())) {
    return `not rebuilt: ${compiler.name} ${compiler.version} is not in the cache (the command build:wasm fetches it)`;
  }
  const { commands } = await import(pathToFileURL(compilerModule()).href);
  const files = sources();
  for (const variant of variants) {
    const bytes = await compile(commands.clang, files, variant);
    if (Buffer.compare(bytes, readFileSync(asset(variant.file))) !== 0) {
      throw new Error(`assets/${variant.file} is not what c/ gives: run build:wasm and commit the result.`);
    }
  }
  return 'rebuilt: the committed modules are what the sources give';
}

async function build() {
  if (!existsSync(compilerModule())) fetchCompiler();
  const { commands } = await import(pathToFileURL(compilerModule()).href);
  const files = sources();
  mkdirSync(resolve(packageFolder, 'assets'), { recursive: true });
  const sizes = [];
  for (const variant of variants) {
    const bytes = await compile(commands.clang, files, variant);
    requireSound(variant.file, bytes);
    writeFileSync(asset(variant.file), bytes);
    sizes.push(`${variant.file} ${bytes.length} bytes`);
  }
  return sizes.join(', ');
}

// Node 20 has relaxed SIMD, which the modules are checked with, behind a flag.
setFlagsFromString('--experimental-wasm-relaxed-simd');

// The compiler reports the loading of its own files here, and cannot be told not to.
console.log = () => {};

try {
  process.stdout.write(`${await (process.argv.includes('--check') ? check() : build())}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
