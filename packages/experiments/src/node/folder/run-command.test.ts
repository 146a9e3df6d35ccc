import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandOfRun, keepCommand } from './run-command.js';
import { openRunFolder } from './run-folder.js';

let parent = '';
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'rheobase-command-'));
});
afterAll(() => rm(parent, { recursive: true, force: true }));

describe('the command of a run', () => {
  it('is kept in its folder, word by word', async () => {
    const path = join(parent, 'run');
    const folder = await openRunFolder(path, {}, {});
    const command = ['reproduce', 'two-stage/glyphs', '--data-dir', '/a folder/with “words”'];
    await keepCommand(folder, command);
    await folder.close();
    expect(await commandOfRun(path)).toEqual(command);
  });

  it('is asked for where there is none, and where the file is damaged', async () => {
    const path = join(parent, 'without');
    await (await openRunFolder(path, {}, {})).close();
    await expect(commandOfRun(path)).rejects.toThrow(/command\.json: there is no run to resume \(ENOENT.*--out/);
    await writeFile(join(path, 'command.json'), '{"command": "reproduce"}');
    await expect(commandOfRun(path)).rejects.toThrow(/command\.json: this is not a command of a run/);
  });
});
