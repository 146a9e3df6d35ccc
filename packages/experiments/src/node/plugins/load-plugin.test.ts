import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { defaultRegistries, pluginHashes } from '../../registries.js';
import { withPlugins } from './load-plugin.js';
import { definePlugin } from './plugin.js';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rheobase-plugins-'));
});

async function written(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, text);
  return file;
}

const load = (...files: readonly string[]) => withPlugins(defaultRegistries, files);
const activation = (kind: string, rest = 'evaluate: (z) => z, reference: (z) => z') =>
  `{ kind: '${kind}', summary: 's', parameters: {}, attributes: {}, ${rest} }`;

describe('withPlugins', () => {
  it('adds what a plugin exports, and leaves the registries it is given as they are', async () => {
    const file = await written('own.mjs', `export default { activations: [${activation('own')}] };`);
    const registries = await load(file);
    expect(registries.activations.get('own').summary).toBe('s');
    expect(registries.activations.names).toEqual([...defaultRegistries.activations.names, 'own']);
    expect(registries.models.names).toEqual(defaultRegistries.models.names);
    expect(defaultRegistries.activations.has('own')).toBe(false);
  });

  it('has a hash of the plugin, which no plugins have', async () => {
    const text = 'export default {};\n';
    const file = await written('empty.mjs', text);
    expect(pluginHashes(defaultRegistries)).toBeUndefined();
    expect(pluginHashes(await load(file))).toEqual({
      'empty.mjs': createHash('sha256').update(text).digest('hex'),
    });
  });

  it('hashes what is imported by relative paths, through further files', async () => {
    await written('parts/deep.mjs', 'export const summary = "s";\n');
    await written('parts/step.mjs', "export { summary } from './deep.mjs';\n");
    const file = await written(
      'whole.mjs',
      "import { summary } from './parts/step.mjs';\nexport default {};\nvoid summary;",
    );
    const hashes = pluginHashes(await load(file)) ?? {};
    expect(Object.keys(hashes)).toEqual(['whole.mjs', 'parts/step.mjs', 'parts/deep.mjs']);
  });

  it('keeps plugins of one name in two folders apart', async () => {
    const files = [
      await written('a/same.mjs', 'export default {};'),
      await written('b/same.mjs', 'export default {}; '),
    ];
    expect(Object.keys(pluginHashes(await load(...files)) ?? {})).toEqual(['same.mjs', 'same.mjs (2)']);
  });

  it('loads a plugin once, however often and by whatever path it is given', async () => {
    const file = await written('once.mjs', `export default { activations: [${activation('once')}] };`);
    await symlink(file, join(folder, 'link.mjs'));
    const registries = await withPlugins(await load(file, file), [join(folder, 'link.mjs')]);
    expect(registries.plugins).toHaveLength(1);
  });

  it.each([
    ['throws.mjs', 'throw new Error("at once");', /throws\.mjs: the plugin throws while it is loaded: at once/],
    ['syntax.mjs', 'export default {', /syntax\.mjs: the plugin throws while it is loaded/],
    ['lacks.mjs', "import 'no-such-package';\nexport default {};", /lacks\.mjs: .*no-such-package.*node_modules/s],
    ['none.mjs', 'export const neurons = [];', /none\.mjs: it has no default export/],
    ['list.mjs', 'export default 3;', /list\.mjs: its default export is .*3.*, not an object/],
    [
      'field.mjs',
      'export default { neuron: [] };',
      /field\.mjs: There is no plugin field 'neuron'\. Did you mean 'neurons'/,
    ],
    ['entries.mjs', 'export default { models: {} };', /entries\.mjs: .*models: .*array/s],
    [
      'shape.mjs',
      `export default { activations: [${activation('x', 'reference: (z) => z')}] };`,
      /shape\.mjs: .*activations\.0\.evaluate: must be a function/s,
    ],
    [
      'taken.mjs',
      `export default { activations: [${activation('relu')}] };`,
      /taken\.mjs: activations: the activation 'relu' already exists/,
    ],
    [
      'twice.mjs',
      `export default { activations: [${activation('x')}, ${activation('x')}] };`,
      /twice\.mjs: activations: the activation 'x' already exists/,
    ],
  ])('refuses %s, naming the file and the field', async (name, text, message) => {
    const file = await written(name, text);
    await expect(load(file)).rejects.toThrow(message);
  });

  it('refuses one that is not there', async () => {
    await expect(load(join(folder, 'absent.js'))).rejects.toThrow(/absent\.js: the plugin cannot be read/);
  });

  it('refuses one that imports another copy of tfjs, with both places', async () => {
    const copy = 'node_modules/@tensorflow/tfjs-core';
    await written(`copies/${copy}/package.json`, '{ "name": "@tensorflow/tfjs-core", "main": "index.js" }');
    await written(`copies/${copy}/index.js`, 'module.exports = { add() {} };');
    const file = await written(
      'copies/mine.mjs',
      "import { add } from '@tensorflow/tfjs-core';\nexport default {};\nvoid add;",
    );
    await expect(load(file)).rejects.toThrow(
      /mine\.mjs: it imports a second copy of @tensorflow\/tfjs-core, .*copies.*, in addition to the one in use/,
    );
  });

  it('runs TypeScript where Node does, and says what to do where it does not', async () => {
    const file = await written('typed.ts', 'const none: object = {};\nexport default none;');
    if ('typescript' in process.features && process.features.typescript)
      expect((await load(file)).plugins).toHaveLength(1);
    else await expect(load(file)).rejects.toThrow(/typed\.ts: Node .* does not run TypeScript\. Compile the plugin/);
  });
});

describe('definePlugin', () => {
  it('is the plugin itself', () => {
    const plugin = { neurons: [] };
    expect(definePlugin(plugin)).toBe(plugin);
  });
});
