import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { convert } from '@rheobase/converter';
import { openNMnist } from '@rheobase/datasets/node';
import { eventEngine } from '@rheobase/event-engine';
import type { Network, Probe } from '@rheobase/network';
import { resnet20 } from '@rheobase/models';
import { describe, expect, it } from 'vitest';
import { readNir } from './read-nir.js';
import { writeNir } from './write-nir.js';

const data = process.env['RHEOBASE_DATA'];

async function realFile(name: string): Promise<Uint8Array> {
  return new Uint8Array(await readFile(join(data ?? '', 'nir', name)));
}

describe.skipIf(data === undefined)('files that other programs wrote (RHEOBASE_DATA)', () => {
  it('are read: sinabs’ network recognizes at least 108 of 109 N-MNIST recordings in bins of 1 ms', async ({
    annotate,
  }) => {
    const { network, report } = await readNir(await realFile('cnn_sinabs.nir'), 'cnn_sinabs.nir');
    expect(report.primitives).toEqual({ Input: 1, Conv2d: 3, IF: 5, SumPool2d: 2, Flatten: 1, Affine: 2, Output: 1 });
    const source = await openNMnist({ folder: join(data ?? '', 'events') });
    expect(source.length).toBe(109);
    const engine = await eventEngine(network);
    let correct = 0;
    for (let i = 0; i < source.length; i += 1) {
      const batch = await source.read([i]);
      const [output] = engine.simulate(batch, { steps: batch.frames }).outputs.values();
      const rates = [...(output?.data.subarray(-10) ?? [])];
      if (rates.indexOf(Math.max(...rates)) === batch.labels[0]) correct += 1;
    }
    expect(correct).toBeGreaterThanOrEqual(108);
    return annotate(`${correct} of ${source.length}`);
  }, 300_000);

  it.each(['lif_norse.nir', 'lif_rockpool.nir'])('are read where a time step is given: %s', async (name) => {
    const bytes = await realFile(name);
    await expect(readNir(bytes, name)).rejects.toThrow(/\(LIF\): .*give dt/);
    const { network, report } = await readNir(bytes, name, { dt: 1e-4 });
    expect(network.nodes.filter(({ op }) => op === 'neuron')).toHaveLength(1);
    expect(report.neurons).toHaveLength(1);
  });
});

describe('a converted ResNet-20', () => {
  it('comes back from NIR with the same spikes at every neuron over 4 steps', async () => {
    const source = resnet20({ seed: 3, shortcut: 'A' });
    const sites = source.nodes.flatMap(({ op, name }) => (op === 'activation' ? [name] : []));
    const thresholds = new Map(sites.map((name, i) => [name, 0.71 + (i % 7) / 10]));
    const { network } = convert(source, { steps: 4, thresholds });
    const { bytes, report } = await writeNir(network);
    expect(report.primitives).toEqual({
      Input: 1,
      Conv2d: 21,
      IF: 19,
      Scale: 7,
      SumPool2d: 1,
      Flatten: 1,
      Affine: 1,
      Output: 1,
    });
    const back = await readNir(bytes, 'resnet20.nir');
    let state = 1;
    const draw = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 30 - 2;
    };
    const batch = { images: Float32Array.from({ length: 2 * 3072 }, draw), shape: [2, 32, 32, 3] };
    const spikesOf = async (of: Network) => {
      const probes = network.nodes.flatMap(({ op, name }): Probe[] =>
        op === 'neuron' ? [{ kind: 'spikes', node: name }] : [],
      );
      return (await eventEngine(of)).simulate(batch, { steps: 4, probes }).records;
    };
    const [before, after] = [await spikesOf(network), await spikesOf(back.network)];
    before.forEach(({ probe, data: spikes }, k) => expect(after[k]?.data, probe.node).toEqual(spikes));
    expect(before.reduce((sum, record) => sum + Array.from(record.data).reduce((a, b) => a + b, 0), 0)).toBeGreaterThan(
      100_000,
    );
  }, 120_000);
});
