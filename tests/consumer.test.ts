import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Diagnostic } from './consumer-project.js';
import { compile, install, pack, run } from './consumer-project.js';
import { faultOf, filesBelow, pathsOfModule } from './relative-paths.js';
import { entryPoints, exampleOf, publishedPackages, root } from './published-packages.js';

const packages = publishedPackages();
const readme = (folder: string) => readFileSync(resolve(root, folder, 'README.md'), 'utf8');
const shortName = (name: string) => name.replace(/^@.*\//, '');

/** Programs that stand by themselves, and show more than a README has room for. */
const exampleFiles = readdirSync(resolve(root, 'examples'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => basename(file, '.ts'));

const packed = mkdtempSync(join(tmpdir(), 'rheobase-packed-'));
afterAll(() => rmSync(packed, { recursive: true, force: true }));

let tarballs: ReadonlyMap<string, string> = new Map();
let consumer = '';
let diagnostics: readonly Diagnostic[] = [];

beforeAll(async () => {
  const examples = new Map<string, string>();
  for (const { folder, name } of [{ folder: '.', name: 'readme-of-the-repository' }, ...packages.map(named)]) {
    const example = existsSync(resolve(root, folder, 'README.md')) ? exampleOf(readme(folder)) : undefined;
    if (example !== undefined) examples.set(name, example);
  }
  for (const name of exampleFiles) examples.set(name, readFileSync(resolve(root, 'examples', `${name}.ts`), 'utf8'));
  tarballs = await pack(packages, packed);
  consumer = await install(packages, tarballs);
  diagnostics = await compile(consumer, examples);
});

function named({ folder, manifest }: (typeof packages)[number]) {
  return { folder, name: shortName(manifest.name) };
}

const errorsIn = (prefix: string) =>
  diagnostics.filter(({ file }) => file.startsWith(prefix)).map(({ file, message }) => `${file} ${message}`);

async function expectExampleRuns(name: string) {
  const { code, output } = await run(process.execPath, [join('out', `${name}.js`)], consumer, 60_000);
  expect(code, `the example of ${name} ended with ${code}:\n${output}`).toBe(0);
}

describe.concurrent.each(packages)('$manifest.name', ({ folder, manifest }) => {
  const { name } = manifest;
  const short = shortName(name);
  const { modules, assets } = entryPoints(manifest);

  it('has the anatomy that all packages share', () => {
    expect(manifest).toMatchObject({
      type: 'module',
      license: 'MIT',
      engines: { node: '>=20.19' },
      publishConfig: { access: 'public' },
      repository: { url: 'git+https://github.com/rheobase/rheobase.git', directory: folder },
    });
    expect(manifest.description, 'description').toBeTruthy();
    expect(manifest.keywords?.length, 'keywords').toBeGreaterThan(0);
    expect(manifest.files, 'files').toEqual(expect.arrayContaining(['dist', 'README.md', 'LICENSE']));
    expect(manifest.sideEffects, 'sideEffects says which modules a bundler may drop').toBeDefined();
    expect(readFileSync(resolve(root, folder, 'LICENSE'), 'utf8')).toContain('The Rheobase contributors');
    for (const [subpath, target] of Object.entries(manifest.exports ?? {})) {
      if (typeof target === 'string') continue;
      expect(Object.keys(target)[0], `exports["${subpath}"] names its types first`).toBe('types');
    }
  });

  it('says in its README how to install it, with one example to run', () => {
    const text = readme(folder);
    expect(text, 'the install line').toContain(name);
    expect(exampleOf(text), 'a fenced block marked ts').toBeDefined();
  });

  it('passes publint', async () => {
    const { messages, pkg } = await publint({ pack: { tarball: tarball() }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  it.each(modules.length > 0 ? [name] : [])(
    'passes attw: the types of %s are found by every consumer of ES modules',
    async () => {
      const attw = resolve(root, 'node_modules/@arethetypeswrong/cli/dist/index.js');
      const excluded =
        assets.length === 0 ? [] : ['--exclude-entrypoints', ...assets.map((path) => path.slice(name.length + 1))];
      const args = [attw, tarballPath(), '--profile', 'esm-only', '--no-color', '--no-emoji', ...excluded];
      const { code, output } = await run(process.execPath, args, root);
      expect(code, output).toBe(0);
    },
  );

  it('imports from where it was installed, every entry point', async () => {
    const lines = [
      ...modules.map((path) => `await import(${JSON.stringify(path)});`),
      ...assets.map(
        (path) => `(await import('node:fs')).statSync(new URL(import.meta.resolve(${JSON.stringify(path)})));`,
      ),
    ];
    const { code, output } = await run(process.execPath, ['--input-type=module', '--eval', lines.join('\n')], consumer);
    expect(code, output).toBe(0);
  });

  it('finds what it reaches by relative paths where it was installed', () => {
    const installed = join(consumer, 'node_modules', name);
    const faults = filesBelow(installed, ['.js']).flatMap((file) =>
      pathsOfModule(file, readFileSync(file, 'utf8')).flatMap((path) => faultOf(path) ?? []),
    );
    expect(faults).toEqual([]);
  });

  const commands = typeof manifest.bin === 'string' ? [short] : Object.keys(manifest.bin ?? {});
  it.each(commands)('starts its command %s', async (command) => {
    const { code, output } = await run(join(consumer, 'node_modules/.bin', command), ['--help'], consumer);
    expect(code, output).toBe(0);
  });

  it("type-checks its README's example, and its own declarations, in a strict consumer", () => {
    expect([...errorsIn(`src/${short}.ts`), ...errorsIn(`node_modules/${name}/`)]).toEqual([]);
  });

  it("runs its README's example", () => expectExampleRuns(short));

  function tarballPath(): string {
    const path = tarballs.get(name);
    if (path === undefined) throw new Error(`${name} was not packed`);
    return path;
  }

  function tarball(): ArrayBuffer {
    const bytes = readFileSync(tarballPath());
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  }
});

describe('the repository', () => {
  it("type-checks and runs the example of the repository's README", async () => {
    expect(exampleOf(readme('.')), 'a fenced block marked ts in README.md').toBeDefined();
    expect(errorsIn('src/readme-of-the-repository.ts')).toEqual([]);
    await expectExampleRuns('readme-of-the-repository');
  });

  it.each(exampleFiles)('type-checks and runs examples/%s.ts', async (name) => {
    expect(errorsIn(`src/${name}.ts`)).toEqual([]);
    await expectExampleRuns(name);
  });
});
