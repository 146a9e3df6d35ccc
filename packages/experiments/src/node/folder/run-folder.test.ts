import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { glyphNet } from '@rheobase/models';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRunFolder } from './run-folder.js';

let parent = '';
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'rheobase-run-'));
});
afterAll(() => rm(parent, { recursive: true, force: true }));

describe('the folder of a run', () => {
  it('opens again for the same run, and refuses another one naming what differs', async () => {
    const path = join(parent, 'run');
    const identity = { steps: 4, method: { rate: 0.1, beyond: [] }, seeds: [1] };
    const folder = await openRunFolder(path, identity, { table: 'T1' });
    await writeFile(folder.recordFile('source'), '{}');
    await folder.close();
    await (await openRunFolder(path, { ...identity }, { table: 'told otherwise' })).close();
    const other = openRunFolder(
      path,
      { steps: 8, method: { rate: 0.1, beyond: [{ kind: 'x' }] }, seeds: [1] },
      { table: 'T1' },
    );
    await expect(other).rejects.toThrow(
      /run holds another run: 'steps' was 4 and is 8; 'method\.extensions' was \[\] and is not set; 'method\.extensions\.0\.kind' was not set and is "x"\.\nChoose another folder/,
    );
    const many = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [name, 1]));
    await expect(openRunFolder(path, { ...identity, steps: 8, ...many }, { table: 'T1' })).rejects.toThrow(
      /'steps' was 4 and is 8; 'a' was not set and is 1; 'b' [^;]*; 'c' [^;]*; and 2 more differences\.\n/,
    );
    expect(JSON.parse(await readFile(join(path, 'config.json'), 'utf8'))).toMatchObject({ table: 'T1', run: identity });
  });

  it('is refused by the name of its experiment, or by the seed rather than by the images that it chooses', async () => {
    const path = join(parent, 'experiments');
    const hashes = { training: 'one', heldOut: 'two' };
    const folder = await openRunFolder(path, { seed: 1, hashes }, { table: 'T1' });
    await writeFile(folder.recordFile('source'), '{}');
    await folder.close();
    const message = async (identity: Parameters<typeof openRunFolder>[1], table?: string): Promise<unknown> =>
      openRunFolder(path, identity, table === undefined ? {} : { table }).catch((error: unknown) => error);
    const others = { training: 'three', heldOut: 'four' };
    expect(String(await message({ seed: 0, hashes: others }, 'T1'))).toMatch(
      /experiments holds another run: 'seed' was 1 and is 0\.\n/,
    );
    expect(String(await message({ seed: 1, hashes: others }, 'T1'))).toMatch(
      /another run: images of the data set, or their annotations, have changed \(those for training, heldOut\)\.\n/,
    );
    expect(String(await message({ seed: 0, method: {}, hashes: others }, 'T2'))).toMatch(
      /holds another run: one of the experiment 'T1', not of 'T2'\.\n/,
    );
    expect(String(await message({ steps: 2 }))).toMatch(/holds another run: one of the experiment 'T1'\.\n/);
  });

  it('is refused by the name of a plugin file that has changed, without its hashes', async () => {
    const path = join(parent, 'plugins');
    const folder = await openRunFolder(path, { plugins: { 'own.js': 'one', 'lib/parts.js': 'two' } }, {});
    await writeFile(folder.recordFile('source'), '{}');
    await folder.close();
    await expect(openRunFolder(path, { plugins: { 'own.js': 'one', 'lib/parts.js': 'three' } }, {})).rejects.toThrow(
      /another run: the plugin file 'lib\/parts\.js' has changed, and a run resumes only with the one it was started with\.\n/,
    );
    await expect(openRunFolder(path, { plugins: { 'own.js': 'one' } }, {})).rejects.toThrow(
      /another run: 'plugins\.lib\/parts\.js' was "two" and is not set\.\n/,
    );
  });

  it('takes the place of another run that has done nothing yet, and says so', async () => {
    const path = join(parent, 'mistaken');
    await (await openRunFolder(path, { weights: 'damaged' }, {})).close();
    const notices: string[] = [];
    const folder = await openRunFolder(path, { weights: 'whole' }, {}, (notice) => notices.push(notice));
    expect(notices.join()).toMatch(/mistaken: the run that was started here had done nothing yet/);
    expect(JSON.parse(await readFile(join(path, 'config.json'), 'utf8'))).toEqual({ run: { weights: 'whole' } });
    await writeFile(folder.checkpointFile('source'), 'half');
    await folder.close();
    await expect(openRunFolder(path, { weights: 'other' }, {})).rejects.toThrow(/holds another run/);
  });

  it('resumes what was started when fields and stages had other names', async () => {
    const path = join(parent, 'former');
    const folder = await openRunFolder(
      path,
      { recipe: { rate: 0.1 }, method: { beyond: [{ rate: 0.1, batch: 4 }] } },
      {},
    );
    await writeFile(folder.recordFile('beyond-1'), 'a record');
    await folder.writeNetwork('beyond-1', glyphNet({ seed: 1 }));
    await folder.close();
    const identity = { recipe: { learningRate: 0.1 }, method: { extensions: [{ learningRate: 0.1, batchSize: 4 }] } };
    const again = await openRunFolder(path, identity, {});
    expect(await readFile(again.recordFile('extensions-1'), 'utf8')).toBe('a record');
    expect(await again.readNetwork('extensions-1')).toBeDefined();
    await again.close();
    await expect(openRunFolder(path, { ...identity, recipe: { learningRate: 0.2 } }, {})).rejects.toThrow(
      /'recipe\.learningRate' was 0\.1 and is 0\.2/,
    );
  });

  it('is refused to another command, whether its folder has a configuration or only a record', async () => {
    const path = join(parent, 'command');
    const folder = await openRunFolder(path, { levels: 4 }, { command: 'finetune' });
    await writeFile(folder.recordFile('quantClip'), '{}');
    await folder.close();
    const holdsFinetune = /this folder holds a `finetune` run\. Choose another folder/;
    await expect(openRunFolder(path, { threshold: 5 }, { command: 'train' })).rejects.toThrow(holdsFinetune);
    await expect(openRunFolder(path, { threshold: 5 }, { table: 'T1' })).rejects.toThrow(holdsFinetune);
    const old = join(parent, 'record');
    await mkdir(old);
    await writeFile(join(old, 'result.json'), '{ "command": "rheobase finetune" }');
    await expect(openRunFolder(old, {}, { command: 'train' })).rejects.toThrow(holdsFinetune);
  });

  it('refuses a configuration that is none', async () => {
    const path = join(parent, 'damaged');
    await (await openRunFolder(path, {}, {})).close();
    await writeFile(join(path, 'config.json'), '{"half');
    await expect(openRunFolder(path, {}, {})).rejects.toThrow(/config\.json: this is not a configuration of a run/);
  });

  it('reads back the network it wrote, and takes a damaged one for none', async () => {
    const path = join(parent, 'networks');
    const folder = await openRunFolder(path, {}, {});
    expect(await folder.readNetwork('source')).toBeUndefined();
    const { sha256 } = await folder.writeNetwork('source', glyphNet({ seed: 1 }));
    expect((await folder.readNetwork('source'))?.sha256).toBe(sha256);
    await writeFile(join(path, 'source.safetensors'), 'half');
    expect(await folder.readNetwork('source')).toBeUndefined();
    await folder.close();
  });

  it('is one process’s at a time, and free again after a refusal', async () => {
    const path = join(parent, 'taken');
    const folder = await openRunFolder(path, {}, {});
    await writeFile(folder.recordFile('source'), '{}');
    await expect(openRunFolder(path, {}, {})).rejects.toThrow(/taken is in use by process/);
    await folder.close();
    await expect(openRunFolder(path, { other: 1 }, {})).rejects.toThrow(/holds another run/);
    await (await openRunFolder(path, {}, {})).close();
  });
});
