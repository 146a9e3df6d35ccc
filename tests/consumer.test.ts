import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { Writable } from 'node:stream';
import { runCommandLine } from '@rheobase/lab';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SafeTensor, writeSafetensors } from '@rheobase/network';
import { blocksOf, commandLines, isPlaceholder, programOf } from './code-blocks.js';
import type { Diagnostic } from './consumer-project.js';
import { compile, install, pack, run } from './consumer-project.js';
import { faultOf, filesBelow, pathsOfModule } from './relative-paths.js';
import { sourceMapFaults } from './source-maps.js';
import { entryPoints, exampleOf, publishedPackages, root } from './published-packages.js';

const packages = publishedPackages();
const readme = (folder: string) => readFileSync(resolve(root, folder, 'README.md'), 'utf8');
const shortName = (name: string) => name.replace(/^@.*\//, '');

/** Programs that stand by themselves, and show more than a README has room for. */
const exampleFiles = readdirSync(resolve(root, 'examples'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => basename(file, '.ts'));

const guides = readdirSync(resolve(root, 'docs/guides')).map((file) => {
  const page = readFileSync(resolve(root, 'docs/guides', file), 'utf8');
  return { name: `guide-${basename(file, '.md')}`, page };
});

/** Pages whose blocks marked `typescript` are parts of programs: compiled with the declarations they are given, and not run. */
const pages = [
  ...guides,
  ...packages.map(({ folder, manifest }) => ({ name: shortName(manifest.name), page: readme(folder) })),
];

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
  for (const { name, page } of guides) {
    const program = programOf(page, 'ts');
    if (program !== undefined) examples.set(name, program);
  }
  for (const { name, page } of pages) {
    const parts = programOf(page, 'typescript');
    if (parts !== undefined) examples.set(`${name}-parts`, parts);
  }
  tarballs = await pack(packages, packed);
  consumer = await install(packages, tarballs);
  diagnostics = await compile(consumer, examples);
});

function named({ folder, manifest }: (typeof packages)[number]) {
  return { folder, name: shortName(manifest.name) };
}

const errorsIn = (prefix: string) =>
  diagnostics.filter(({ file }) => file.startsWith(prefix)).map(({ file, message }) => `${file} ${message}`);

async function expectExampleRuns(name: string, folder = consumer) {
  const { code, output } = await run(process.execPath, [join(consumer, 'out', `${name}.js`)], folder, 60_000);
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

  it('names no source map without its sources', () => {
    expect(sourceMapFaults(join(consumer, 'node_modules', name))).toEqual([]);
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

/** The file that the guide on converting your own network begins with, as PyTorch would write it. */
function weightsAsOfPyTorch(): Uint8Array {
  let state = 1;
  const random = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  const tensor = (shape: readonly number[], scale: number, offset = 0): SafeTensor => ({
    dtype: 'F32',
    shape,
    data: new Float32Array(shape.reduce((size, side) => size * side, 1)).map(() => offset + scale * random()),
  });
  return writeSafetensors(
    new Map<string, SafeTensor>([
      ['conv1.weight', tensor([8, 3, 3, 3], 1)],
      ['bn1.weight', tensor([8], 0.2, 1)],
      ['bn1.bias', tensor([8], 0.2)],
      ['bn1.running_mean', tensor([8], 0.2)],
      ['bn1.running_var', tensor([8], 0.2, 1)],
      ['bn1.num_batches_tracked', { dtype: 'I64', shape: [], data: BigInt64Array.of(100n) }],
      ['conv2.weight', tensor([16, 8, 3, 3], 0.5)],
      ['conv2.bias', tensor([16], 0.2)],
      ['fc.weight', tensor([10, 16 * 8 * 8], 0.1)],
      ['fc.bias', tensor([10], 0.1)],
    ]),
    { format: 'pt' },
  );
}

describe('the guides', () => {
  it.each(pages.filter(({ page }) => programOf(page, 'typescript') !== undefined))(
    'type-check the parts of programs in $name',
    ({ name }) => {
      expect(errorsIn(`src/${name}-parts.ts`)).toEqual([]);
    },
  );

  const shown = (page: string): boolean =>
    blocksOf(page).some(({ language, notRun }) => language === 'ts' || (language === 'sh' && notRun === undefined));
  it.each(guides.filter(({ page }) => shown(page)))('run as they are written: $name', async ({ name, page }) => {
    expect(errorsIn(`src/${name}.ts`)).toEqual([]);
    const folder = mkdtempSync(join(tmpdir(), 'rheobase-guide-'));
    try {
      writeFileSync(join(folder, 'mine.safetensors'), weightsAsOfPyTorch());
      symlinkSync(resolve(root, 'examples'), join(folder, 'examples'));
      if (programOf(page, 'ts') !== undefined) await expectExampleRuns(name, folder);
      for (const { language, text, notRun } of blocksOf(page)) {
        if (language !== 'sh' || notRun !== undefined) continue;
        for (const words of commandLines(text)) {
          const { code, output } = await run(
            process.execPath,
            [resolve(root, 'apps/lab/dist/main.js'), ...words],
            folder,
          );
          expect(code, `rheobase ${words.join(' ')}\n${output}`).toBe(0);
        }
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it.each(guides)('run every command line, or say why not: $name', ({ page }) => {
    const unsaid = blocksOf(page).filter(
      ({ language, text, notRun }) =>
        language === 'sh' && notRun === undefined && commandLines(text).some((words) => words.some(isPlaceholder)),
    );
    expect(unsaid).toEqual([]);
  });

  it('name commands, options and experiments that there are, as do the READMEs', async () => {
    const texts = [...pages.map(({ page }) => page), readme('.'), readme('apps/lab')];
    const lines = texts.flatMap(commandLines).filter(([command = '']) => /^[a-z-]+$/.test(command));
    const help = new Map<string, string>();
    const faults: string[] = [];
    for (const words of lines) {
      const ofBench = words[0] === 'bench' && words[1] !== undefined && !words[1].startsWith('-');
      const command = words.slice(0, ofBench ? 2 : 1);
      const key = command.join(' ');
      if (!help.has(key)) help.set(key, await helpOf(command));
      const known = help.get(key) ?? '';
      for (const word of words.slice(command.length)) {
        const option = /^--[a-z][\w-]*/.exec(word)?.[0];
        if (option !== undefined && !new RegExp(`${option}\\b(?!-)`).test(known))
          faults.push(`${words.join(' ')}: ${option}`);
        const experiment = /^(?:two-stage|methods)\/[\w-]+$/.exec(word)?.[0];
        if (experiment !== undefined && !existsSync(resolve(root, `apps/lab/experiments/${experiment}.yaml`))) {
          faults.push(`${words.join(' ')}: ${experiment}`);
        }
      }
    }
    expect(lines.length).toBeGreaterThan(20);
    expect(faults).toEqual([]);
  });
});

async function helpOf(command: readonly string[]): Promise<string> {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  await runCommandLine([...command, '--help'], { results: stream, messages: stream });
  return text;
}
