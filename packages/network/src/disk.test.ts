import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { networkBuilder } from './builder.js';
import { readNetworkFile, removeUnfinishedFiles, writeNetworkFile } from './disk.js';
import { constantParameter } from './parameter.js';

function network(outputs: number) {
  const builder = networkBuilder();
  const x = builder.input('x', [2]);
  builder.output('out', builder.dense('dense', x, { weight: constantParameter('weight', [2, outputs], 0.5) }));
  return builder.build({ model: 'linear' });
}

describe('network files', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rheobase-network-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('are read as they were written, replace an earlier file, and leave nothing else behind', async () => {
    const path = join(folder, 'linear.safetensors');
    await writeNetworkFile(path, network(3));
    await writeNetworkFile(path, network(4));
    expect(await readNetworkFile(path)).toEqual(network(4));
    expect(await readdir(folder)).toEqual(['linear.safetensors']);
  });

  it('keep an earlier file when the network is refused', async () => {
    const path = join(folder, 'linear.safetensors');
    await writeNetworkFile(path, network(3));
    const before = await readFile(path);
    await expect(writeNetworkFile(path, { ...network(3), nodes: [] })).rejects.toThrow(/it has no input node/);
    expect(await readFile(path)).toEqual(before);
  });

  it('keep a file that is read-only, and name it', async () => {
    const path = join(folder, 'linear.safetensors');
    await writeNetworkFile(path, network(3));
    await chmod(path, 0o444);
    await expect(writeNetworkFile(path, network(4))).rejects.toThrow(/linear\.safetensors: the file is read-only/);
    expect(await readNetworkFile(path)).toEqual(network(3));
    expect(await readdir(folder)).toEqual(['linear.safetensors']);
  });

  it('replace what a link leads to, and no pipe', async () => {
    const [target, link, pipe] = ['linear.safetensors', 'link', 'pipe'].map((name) => join(folder, name));
    if (target === undefined || link === undefined || pipe === undefined) throw new Error('three names');
    await writeNetworkFile(target, network(3));
    await symlink(target, link);
    await writeNetworkFile(link, network(4));
    expect(await readlink(link)).toBe(target);
    expect(await readNetworkFile(target)).toEqual(network(4));
    const server = createServer().listen(pipe);
    await once(server, 'listening');
    await expect(writeNetworkFile(pipe, network(3))).rejects.toThrow(/pipe: it is a device or a pipe/);
    server.close();
  });

  it('cannot be written into a folder that is not there, nor read from one: the path is named', async () => {
    const path = join(folder, 'absent', 'net.safetensors');
    await expect(writeNetworkFile(path, network(1))).rejects.toThrow(`${path}: the file cannot be written (ENOENT`);
    await expect(readNetworkFile(path)).rejects.toThrow(`${path}: the network cannot be read (ENOENT`);
  });

  it('leave nothing behind when the rename fails', async () => {
    await expect(writeNetworkFile(folder, network(1))).rejects.toThrow(/cannot be written/);
    expect(await readdir(folder)).toEqual([]);
    expect((await readdir(tmpdir())).filter((name) => name.startsWith('.rheobase-network-'))).toEqual([]);
  });

  it('leave parts behind only when the process is killed, and those can be removed', async () => {
    const path = join(folder, 'linear.safetensors');
    await writeNetworkFile(path, network(3));
    await writeFile(join(folder, '.linear.safetensors.0-1-2.tmp'), 'half a fi');
    await writeFile(join(folder, '.other.safetensors.0-1-2.tmp'), 'not ours');
    await removeUnfinishedFiles(path);
    expect((await readdir(folder)).toSorted()).toEqual(['.other.safetensors.0-1-2.tmp', 'linear.safetensors']);
  });

  it('are refused with their path when they hold something else', async () => {
    const path = join(folder, 'notes.txt');
    await writeFile(path, 'no network');
    await expect(readNetworkFile(path)).rejects.toThrow(`${path}: it is a text file, not a safetensors file.`);
    await writeFile(
      path,
      Uint8Array.from({ length: 16 }, () => 0xff),
    );
    await expect(readNetworkFile(path)).rejects.toThrow(`${path}: its header would be`);
  });
});
