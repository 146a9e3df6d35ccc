import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPeers } from './peers.js';

let parent = '';
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'rheobase-peers-'));
});
afterAll(() => rm(parent, { recursive: true, force: true }));

/** A package like the folder of peers, with what was installed into it; nothing can be installed besides. */
async function peersFolder(name: string, installed: readonly string[]): Promise<URL> {
  const folder = join(parent, name);
  for (const peer of installed) {
    const place = join(folder, 'node_modules', peer);
    await mkdir(place, { recursive: true });
    await writeFile(join(place, 'package.json'), JSON.stringify({ name: peer, version: '1.0.0', main: 'made-up.cjs' }));
    await writeFile(join(place, 'made-up.cjs'), `exports.peer = ${JSON.stringify(peer)};`);
  }
  return pathToFileURL(`${folder}/`);
}

describe('findPeers', () => {
  it('finds what is installed in the folder of peers, and installs nothing then', async () => {
    const said: string[] = [];
    const folder = await peersFolder('both', ['onnxruntime-web', 'onnxruntime-node']);
    const peers = await findPeers((message) => said.push(message), folder);
    expect(peers.map(({ contender }) => contender)).toEqual(['ann-onnxruntime-web', 'ann-onnxruntime-node']);
    const loaded = await Promise.all(peers.map(async (peer) => ('module' in peer ? import(peer.module) : peer)));
    expect(loaded).toMatchObject([{ peer: 'onnxruntime-web' }, { peer: 'onnxruntime-node' }]);
    expect(said).toEqual([]);
  });

  it('says where it looked for one that is not there', async () => {
    const nowhere = pathToFileURL(join(parent, 'nowhere/'));
    expect(await findPeers(() => undefined, nowhere)).toEqual([
      { contender: 'ann-onnxruntime-web', absent: expect.stringMatching(/there is no folder .*nowhere/) },
      { contender: 'ann-onnxruntime-node', absent: expect.stringMatching(/there is no folder .*nowhere/) },
    ]);
  });
});
