import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from './folder-lock.js';
import { lockRounds } from './lock-rounds.fixture.mjs';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rheobase-lock-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Locks the folder as another holder would. */
async function lockedBy(holder: object): Promise<void> {
  await writeFile(join(folder, 'lock'), JSON.stringify({ began: null, host: hostname(), id: 'other', ...holder }));
}

describe('the lock of a folder', () => {
  it('is one process’s at a time, and free once it is given back', async () => {
    const lock = await lockFolder(folder);
    await expect(lockFolder(folder)).rejects.toThrow(
      new RegExp(`is in use by process ${process.pid} on .*\\. Wait for it to end, stop it`),
    );
    await lock.release();
    await (await lockFolder(folder)).release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('of a process that no longer exists is taken over, saying so', async () => {
    const child = spawn(process.execPath, ['--eval', '']);
    await once(child, 'close');
    await lockedBy({ process: child.pid });
    const notices: string[] = [];
    const lock = await lockFolder(folder, (notice) => notices.push(notice));
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(
      new RegExp(`Process ${child.pid}, which held it, has exited: its stale lock is taken over`),
    );
    await lock.release();
  });

  it.skipIf(process.platform !== 'linux')(
    'of a process whose number another one has now is taken over (Linux tells when a process started)',
    async () => {
      await lockedBy({ process: process.pid, began: '1' });
      await (await lockFolder(folder)).release();
      expect(await readdir(folder)).toEqual([]);
    },
  );

  it.each([
    ['half of one', '{"half', /lock: the lock of this folder is not one that Rheobase wrote\. If no run is active/],
    ['an empty one', '', /lock: the lock of this folder is empty\. If no run is active in the folder, remove it/],
    ['that of something else', '{"process": "me"}', /is not one that Rheobase wrote/],
  ])('is refused at once where there is %s, with the file to remove', async (_, content, message) => {
    await writeFile(join(folder, 'lock'), content);
    await expect(lockFolder(folder)).rejects.toThrow(message);
    expect(await readdir(folder)).toEqual(['lock']);
  });

  it('is refused at once where a folder stands in its place', async () => {
    await mkdir(join(folder, 'lock'));
    await expect(lockFolder(folder)).rejects.toThrow(
      /lock: the lock of this folder cannot be read \(EISDIR: it is a folder/,
    );
    expect(await readdir(folder)).toEqual(['lock']);
  });

  it('is refused at once in a folder that is none, or that nobody can write to', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(lockFolder(file)).rejects.toThrow(
      /the folder cannot be locked \(ENOTDIR: a part of this path is a file/,
    );
    await expect(lockFolder(join(folder, 'missing'))).rejects.toThrow(
      /the folder cannot be locked \(ENOENT: there is no such/,
    );
  });

  it.skipIf(process.platform !== 'linux')('is refused at once where the system lets nobody make files', async () => {
    await expect(lockFolder('/proc')).rejects.toThrow(/^\/proc\/lock: the folder cannot be locked \(/);
  });

  it('of a process that was killed while it took it over from another goes to the next', async () => {
    await lockedBy({ process: 2 ** 30, id: 'first' });
    for (const [before, id] of [
      ['first', 'second'],
      ['second', 'third'],
    ]) {
      const holder = { process: 2 ** 30, began: null, host: hostname(), id };
      await writeFile(join(folder, `lock.after-${before}`), JSON.stringify(holder));
      await writeFile(join(folder, `lock.${id}`), JSON.stringify(holder));
    }
    await (await lockFolder(folder)).release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('has one process of several that want it at the same moment, whatever was left there, round after round', async () => {
    expect(await lockRounds({ rounds: 20, starters: 3, seed: 3 })).toEqual([]);
  }, 60_000);

  it('of another machine is left, with the file to remove', async () => {
    await lockedBy({ process: 1, host: 'elsewhere' });
    await expect(lockFolder(folder)).rejects.toThrow(
      /in use by process 1 on elsewhere\. If it no longer exists, remove .*lock/,
    );
  });

  it('goes to one of many that find a stale one at the same time', async () => {
    await lockedBy({ process: 2 ** 30 });
    const attempts = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(folder)));
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(JSON.parse(await readFile(join(folder, 'lock'), 'utf8'))).toMatchObject({ process: process.pid });
  });

  it('is not given back by one that has lost it', async () => {
    const lock = await lockFolder(folder);
    await lockedBy({ process: process.pid });
    await lock.release();
    expect(await readdir(folder)).toEqual(['lock']);
  });
});
