import { convert, describeInput, toInteger } from '@rheobase/converter';
import { batches, defaultNormalizations, glyphs } from '@rheobase/datasets';
import { eventEngine } from '@rheobase/event-engine';
import { bind, recordThresholds, startTensorBackend } from '@rheobase/execution';
import { glyphNet } from '@rheobase/models';
import type { Network, Parameter } from '@rheobase/network';
import { beforeAll, describe, expect, it } from 'vitest';
import { boundByInputs, boundByNormalization } from './input-bounds.js';

beforeAll(() => startTensorBackend());

const images = glyphs({ split: 'test', length: 6 });
const batchOf = async (name: string) => {
  for await (const batch of batches(images, { batchSize: 6, normalization: defaultNormalizations.get(name) }))
    return batch;
  throw new Error('There are no images.');
};

/** The network for inputs scaled by a factor: its first weights are divided by it. */
function forLargerInputs(network: Network, factor: number): Network {
  const first = network.nodes.find((node) => node.op === 'conv2d');
  if (first?.op !== 'conv2d') throw new Error('It has no convolution.');
  const parameters = new Map<string, Parameter>(network.parameters);
  const weight = parameters.get(first.weight);
  if (weight?.type !== 'float32') throw new Error('Its weights are not float32.');
  parameters.set(first.weight, { ...weight, data: weight.data.map((value) => value / factor) });
  return { ...network, parameters };
}

describe('an integer network', () => {
  it('takes raw pixels as well as pixels over 255: its bound follows from the normalization', async () => {
    const unit = glyphNet({ seed: 4 });
    const [small, large] = [await batchOf('unit'), await batchOf('raw')];
    const bound = bind(unit);
    const nodes = unit.nodes.flatMap(({ op, name }) => (op === 'activation' ? [name] : []));
    const thresholds = await recordThresholds(bound, [small], {
      nodes,
      rule: { kind: 'percentile', percentile: 99.9 },
    });
    bound.dispose();
    const { network } = convert(unit, { thresholds });
    const outputs = async (given: Network, batch: typeof small): Promise<readonly number[]> => {
      const { outputs: found } = (await eventEngine(given)).simulate(batch, { steps: 16 });
      return [...found.values()].flatMap(({ data }) => Array.from(data.subarray(-data.length / 16)));
    };
    const raw = forLargerInputs(network, 255);
    const whole = async (given: Network, name: string, batch: typeof small) => {
      const { network: integer, report } = toInteger(given, {
        inputMaximum: boundByNormalization(defaultNormalizations.get(name)),
      });
      return { outputs: await outputs(integer, batch), told: report.inputs.map(describeInput) };
    };
    const [byUnit, byRaw] = [await whole(network, 'unit', small), await whole(raw, 'raw', large)];
    expect(byRaw.told).toEqual(["inputs clipped to ±255 (pixels of 0…255 by the normalization 'raw'; 0 % clipped)"]);
    const float = await outputs(raw, large);
    const errorOf = (found: readonly number[]) => Math.hypot(...found.map((value, i) => value - (float[i] ?? 0)));
    expect(errorOf(byRaw.outputs)).toBeLessThan(0.15 * Math.hypot(...float));
    expect(errorOf(byRaw.outputs)).toBeLessThan(1.5 * errorOf(byUnit.outputs) + 1e-6);
  });

  it('holds inputs by channel where the normalization differs between channels', () => {
    expect(boundByNormalization(defaultNormalizations.get('imagenet')).maximum).toHaveLength(3);
  });
});

describe('boundByInputs', () => {
  it('is the greatest magnitude of the inputs, and 1 where all are 0', () => {
    expect(boundByInputs(Float32Array.of(0.5, -40, 3))).toMatchObject({ maximum: 40, clipped: 0 });
    expect(boundByInputs(Float32Array.of(0, 0)).maximum).toBe(1);
  });

  it('refuses no inputs, and inputs that are not finite', () => {
    expect(() => boundByInputs(new Float32Array(0))).toThrow(/no inputs/);
    expect(() => boundByInputs(Float32Array.of(1, Number.NaN))).toThrow(/not finite/);
  });
});
