import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constantParameter, type Network, networkBuilder } from '@rheobase/network';
import { writeNetworkFile } from '@rheobase/network/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quantizedNetwork } from './quantized-network.js';

function networkWith(kind: string, attributes: Readonly<Record<string, number>>): Network {
  const build = networkBuilder();
  const parameters = { threshold: constantParameter('threshold', [], 1) };
  const site = build.activation('site', build.input('input', [4]), { kind, attributes, parameters });
  build.output('output', site);
  return build.build({ model: 'tiny' });
}

const ofStageOne = networkWith('quant-clip', { levels: 4 });

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rheobase-quantized-'));
  for (const part of ['finetuned', 'run', 'empty']) await mkdir(join(folder, part));
  await writeNetworkFile(join(folder, 'finetuned', 'network.safetensors'), ofStageOne);
  await writeNetworkFile(join(folder, 'run', 'quantClip.safetensors'), ofStageOne);
  await writeNetworkFile(join(folder, 'run', 'network.safetensors'), networkWith('clip', {}));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('quantizedNetwork', () => {
  it('takes a file, the folder that finetune wrote, or that of a run, of which it takes stage I', async () => {
    const given = ['finetuned', join('finetuned', 'network.safetensors'), 'run'];
    const taken = await Promise.all(
      given.map(async (path) => quantizedNetwork(join(folder, path), { model: 'tiny', levels: 4 })),
    );
    expect(new Set(taken.map(({ sha256 }) => sha256)).size).toBe(1);
    expect(taken[0]?.network.nodes).toEqual(ofStageOne.nodes);
  });

  it('refuses one of another number of levels, naming the site and both', async () => {
    await expect(quantizedNetwork(join(folder, 'run'), { model: 'tiny', levels: 8 })).rejects.toThrow(
      /quantClip\.safetensors: site has 4 levels, but the run is for 8/,
    );
  });

  it('refuses one of another model, naming both', async () => {
    const wanted = { model: 'resnet20', levels: 4 };
    await expect(quantizedNetwork(join(folder, 'run'), wanted)).rejects.toThrow(
      /quantClip\.safetensors: it is a tiny, but the run is of resnet20/,
    );
  });

  it('refuses what is not there, and what does not quantize, naming the file', async () => {
    await expect(quantizedNetwork(join(folder, 'empty'), { model: 'tiny', levels: 4 })).rejects.toThrow(
      /empty.network\.safetensors' cannot be read \(ENOENT: there is no such file or folder\)/,
    );
    await expect(
      quantizedNetwork(join(folder, 'run', 'network.safetensors'), { model: 'tiny', levels: 4 }),
    ).rejects.toThrow(
      /run.network\.safetensors: the activation 'clip' at site is not quantized; use a network from stage I/,
    );
  });
});
