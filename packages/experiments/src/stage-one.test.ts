import { foldBatchNorm } from '@rheobase/converter';
import { defaultNormalizations, glyphs } from '@rheobase/datasets';
import { bind, startTensorBackend, usingResult } from '@rheobase/execution';
import { clipSites, glyphNet } from '@rheobase/models';
import { inferShapes, type Network, parameterOf, shapeAt } from '@rheobase/network';
import { memory, tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { quantize } from './stage-one.js';

beforeAll(() => startTensorBackend());

const given = {
  training: glyphs({ split: 'train', length: 40 }),
  normalization: defaultNormalizations.get('unit'),
};

function thetasOf(network: Network): ReadonlyMap<string, readonly number[]> {
  return new Map(
    network.nodes.flatMap((node) =>
      node.op === 'activation'
        ? [[node.name, [...parameterOf(network, node.activation.parameters['threshold'] ?? '').data]] as const]
        : [],
    ),
  );
}

function logitsOf(network: Network): readonly number[] {
  const shape = [4, ...shapeAt(inferShapes(network), network.nodes[0]?.name ?? '')];
  const size = shape.reduce((product, length) => product * length, 1);
  const bound = bind(network);
  const input = tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(i) ** 2),
    shape,
  );
  try {
    return usingResult(bound.run(input), ({ outputs }) =>
      [...outputs.values()].flatMap((value) => Array.from(value.dataSync())),
    );
  } finally {
    input.dispose();
    bound.dispose();
  }
}

/** The network with the first channel of every batch norm far below 0, so that it is never active. */
function withSilentChannels(network: Network): Network {
  const parameters = new Map(network.parameters);
  for (const node of network.nodes) {
    if (node.op !== 'batchNorm') continue;
    const offset = parameterOf(network, node.offset);
    if (offset.type !== 'float32') throw new Error('Its offset is not float32.');
    parameters.set(node.offset, { ...offset, data: offset.data.map((value, i) => (i === 0 ? -1e6 : value)) });
  }
  return { ...network, parameters };
}

const percentile = { kind: 'percentile', percentile: 99, per: 'channel' } as const;
const settings = { levels: 4, noise: 0.1, fold: 'after', thresholds: percentile } as const;

describe('quantize', () => {
  it('records one θ per channel, of either rule', async () => {
    const before = memory().numTensors;
    const source = glyphNet({ seed: 3 });
    const shapes = inferShapes(source);
    for (const thresholds of [percentile, { kind: 'least-squares', per: 'channel' } as const]) {
      const network = await quantize(source, { ...settings, thresholds }, given);
      for (const [site, thetas] of thetasOf(network)) {
        expect(thetas).toHaveLength(shapeAt(shapes, site).at(-1) ?? 0);
        expect(new Set(thetas).size).toBeGreaterThan(1);
        expect(thetas.every((theta) => theta > 0)).toBe(true);
      }
    }
    expect(memory().numTensors).toBe(before);
  });

  it('gives channels that were never active the mean of the others, and says so', async () => {
    const warnings: string[] = [];
    const network = await quantize(withSilentChannels(glyphNet({ seed: 3 })), settings, given, {
      onWarning: (text) => warnings.push(text),
    });
    const sites = [...thetasOf(network)];
    expect(sites.length).toBeGreaterThan(0);
    for (const [site, [first = 0, ...others]] of sites) {
      expect(first).toBeCloseTo(others.reduce((sum, theta) => sum + theta, 0) / others.length, 4);
      expect(warnings.find((text) => text.startsWith(`${site}: `))).toMatch(
        new RegExp(`: \\d+ of its ${others.length + 1} channels (was|were) never active`),
      );
    }
  });

  it('gives the channels of a trained clip its own θ each', async () => {
    const network = await quantize(glyphNet({ seed: 3, activation: clipSites(2) }), settings, given);
    for (const thetas of thetasOf(network).values()) {
      expect(thetas.length).toBeGreaterThan(1);
      expect(new Set(thetas)).toEqual(new Set([2]));
    }
  });

  it('keeps trained θ when the number of levels changes', async () => {
    const eight = await quantize(glyphNet({ seed: 3 }), { ...settings, levels: 8 }, given);
    const four = await quantize(eight, settings, given);
    expect(thetasOf(four)).toEqual(thetasOf(eight));
    expect(
      four.nodes.flatMap((node) => (node.op === 'activation' ? [node.activation.attributes['levels']] : [])),
    ).toEqual([...thetasOf(four)].map(() => 4));
  });

  it('computes the same with batch norms folded after it as without', async () => {
    const network = await quantize(glyphNet({ seed: 3 }), { ...settings, levels: 64 }, given);
    const [unfolded, folded] = [logitsOf(network), logitsOf(foldBatchNorm(network))];
    // A value at the edge of a level may fall to either side: a 64th of θ.
    const scale = Math.max(...unfolded.map(Math.abs));
    for (const [i, value] of unfolded.entries()) expect(Math.abs((folded[i] ?? 0) - value)).toBeLessThan(0.02 * scale);
  });
});
