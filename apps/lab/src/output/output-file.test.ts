import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rheobase } from '../command-line.fixture.js';
import { assertNetworksFolder, assertOutputFolder, prepareOutputFile } from './output-file.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rheobase-output-files-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('prepareOutputFile', () => {
  it('creates the folder and leaves a file that is there; refuses a folder and a read-only file', async () => {
    await prepareOutputFile(join(folder, 'new', 'deeper', 'file.json'));
    expect((await stat(join(folder, 'new', 'deeper'))).isDirectory()).toBe(true);
    const file = join(folder, 'kept.json');
    await writeFile(file, '1');
    await prepareOutputFile(file);
    expect((await stat(file)).size).toBe(1);
    await expect(prepareOutputFile(folder)).rejects.toThrow(/is a folder; give the name of a file/);
    await chmod(file, 0o444);
    await expect(prepareOutputFile(file)).rejects.toThrow(/kept\.json/);
    await expect(assertOutputFolder(file, '--pictures')).rejects.toThrow(
      /is a file, and --pictures names a folder\. Give/,
    );
  });
});

describe('assertNetworksFolder', () => {
  it('takes a folder with networks or none, and refuses that of a run and a read-only network', async () => {
    const out = join(folder, 'networks');
    await assertNetworksFolder(out, ['network']);
    await mkdir(out);
    await writeFile(join(out, 'network.safetensors'), 'x');
    await assertNetworksFolder(out, ['network']);
    await chmod(join(out, 'network.safetensors'), 0o444);
    await expect(assertNetworksFolder(out, ['network'])).rejects.toThrow(/network\.safetensors/);
    await writeFile(join(out, 'result.json'), '{}');
    await expect(assertNetworksFolder(out, [])).rejects.toThrow(/holds a run .*result\.json/);
    expect((await rheobase('quickstart', '--out', out)).messages).toMatch(/rheobase: .*holds a run/);
  });
});

it('is told by the help', async () => {
  expect((await rheobase('--help')).results).toMatch(/Files that commands write:\n.*is replaced if it exists/);
});
