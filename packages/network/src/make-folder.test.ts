import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder } from './make-folder.js';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rheobase-folder-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe('makeFolder', () => {
  it('makes a folder and those above it, once or many times at once', async () => {
    const path = join(root, 'a', 'b', 'c');
    await Promise.all(Array.from({ length: 5 }, () => makeFolder(path)));
    await makeFolder(path);
    expect((await stat(path)).isDirectory()).toBe(true);
  });

  it('says that a file stands in the way', async () => {
    const file = join(root, 'file');
    await writeFile(file, '');
    await expect(makeFolder(file)).rejects.toThrow(
      `${file}: the folder cannot be made (EEXIST: there is a file of this name)`,
    );
    await expect(makeFolder(join(file, 'below'))).rejects.toThrow(
      /cannot be made \(ENOTDIR: a part of this path is a file/,
    );
  });

  it.skipIf(process.platform !== 'linux')('says at once where the system lets nobody make folders', async () => {
    await expect(makeFolder('/proc/rheobase/run')).rejects.toThrow(
      '/proc/rheobase/run: the folder cannot be made (ENOENT: the file system allows no folders there)',
    );
  });
});
