import { convert } from '@rheobase/converter';
import { eventEngine } from '@rheobase/event-engine';
import { startTensorBackend, tensorSimulator } from '@rheobase/execution';
import type { Network, NetworkBuilder, Shape } from '@rheobase/network';
import { float32Parameter, indicesParameter, networkBuilder, scalarParameter, sizeOf } from '@rheobase/network';
import { expectClose, randomArray, referenceForward, referenceSimulate } from '@rheobase/testing';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { beforeAll, describe, expect, it } from 'vitest';

beforeAll(() => startTensorBackend());

/** Multiples of 1/8, so that float32 sums are exact. */
const eighths = (shape: Shape, seed: number): Float32Array =>
  randomArray(xoroshiro128plus(seed), shape, -1, 1).map((value) => Math.round(8 * value) / 8);

function builderWithLayer(): { readonly builder: NetworkBuilder; readonly current: string } {
  const builder = networkBuilder();
  const weight = float32Parameter('weight', [1, 1, 2, 4], eighths([1, 1, 2, 4], 1));
  return { builder, current: builder.conv2d('conv', builder.input('x', [2, 3, 2]), { weight }) };
}

const clip = (theta: number) => ({ kind: 'clip', parameters: { threshold: scalarParameter('threshold', theta) } });

function scaled(builder: NetworkBuilder, name: string, input: string, factors: readonly number[]): string {
  const factor = builder.parameter(`${name}.factor`, float32Parameter('scale', [factors.length], factors));
  return builder.node({ op: 'scale', name, inputs: [input], factor });
}

/** relu(x) − a·relu(−x), a for each channel: two sites, one of them behind a factor. */
function parametricRelu(): Network {
  const { builder, current } = builderWithLayer();
  const positive = builder.activation('positive', current, clip(1));
  const turned = scaled(builder, 'turned', current, [-1, -1, -1, -1]);
  const negative = builder.activation('negative', turned, clip(2));
  const leaked = scaled(builder, 'leaked', negative, [-0.5, -0.25, -0.125, 0]);
  const sum = builder.node({ op: 'add', name: 'sum', inputs: [positive, leaked] });
  const weight = float32Parameter('weight', [1, 1, 4, 2], eighths([1, 1, 4, 2], 2));
  builder.output('y', builder.activation('last', builder.conv2d('conv2', sum, { weight }), clip(0.5)));
  return builder.build();
}

/** A site behind the concatenation of two sites, and one behind elements of it in another order. */
function rearranged(): Network {
  const { builder, current } = builderWithLayer();
  const [a, b] = [builder.activation('a', current, clip(1)), builder.activation('b', current, clip(0.5))];
  const joined = builder.activation(
    'joined',
    builder.node({ op: 'concat', name: 'concat', inputs: [a, b] }),
    clip(0.25),
  );
  const indices = Array.from({ length: 24 }, (_, i) => (i % 5 === 4 ? -1 : 47 - 2 * i));
  const places = builder.parameter('places', indicesParameter([2, 3, 4], indices));
  const gathered = builder.node({ op: 'gather', name: 'gathered', inputs: [joined], indices: places });
  const flat = builder.node({ op: 'flatten', name: 'flat', inputs: [builder.activation('last', gathered, clip(0.5))] });
  const again = builder.parameter('again', indicesParameter([4], [3, 23, 0, 11]));
  builder.output(
    'y',
    builder.activation('few', builder.node({ op: 'gather', name: 'taken', inputs: [flat], indices: again }), clip(1)),
  );
  return builder.build();
}

describe('sites that follow no layer', () => {
  it.each([
    ['behind a factor, as a PReLU has them', parametricRelu],
    ['behind concatenations and gathers', rearranged],
  ])('convert and run on both engines: %s', async (_, build) => {
    const source = build();
    const { network, report } = convert(source);
    expect(report.entries.filter(({ outcome }) => outcome.kind === 'converted')).toHaveLength(
      source.nodes.filter(({ op }) => op === 'activation').length,
    );
    const steps = 16;
    const images = eighths([1, 2, 3, 2], 3);
    const batch = { shape: [1, 2, 3, 2], images };
    const expected = referenceSimulate(network, images, steps).values.get('y') ?? [];
    const tensors = tensorSimulator(network);
    try {
      for (const simulator of [await eventEngine(network), tensors]) {
        const { outputs } = await simulator.simulate(batch, { steps });
        const found = outputs.get('y')?.data ?? [];
        expect(found).toHaveLength(steps * sizeOf([expected[0]?.length ?? 0]));
        expectClose(
          found,
          expected.flatMap((step) => [...step]),
          { absolute: 1e-6 },
        );
      }
    } finally {
      tensors.dispose();
    }
    const long = referenceSimulate(network, images, 1024).values.get('y')?.at(-1) ?? [];
    expectClose([...long], [...(referenceForward(source, images).get('y') ?? [])], { absolute: 0.02 });
  });
});
