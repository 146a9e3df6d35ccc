import type { Network, NetworkBuilder, Padding } from '@rheobase/network';
import { float32Parameter, networkBuilder, noPadding, scalarParameter } from '@rheobase/network';
import { expectClose, referenceSimulate } from '@rheobase/testing';
import { describe, it } from 'vitest';
import { eventEngine } from './event-engine.js';

const shape = [3, 3, 2] as const;
const image = Float32Array.from({ length: 18 }, (_, i) => ((i * 7) % 11) / 16);

/** A network of spikes [3, 3, 2], a node that moves them, and one that reads the result. */
function networkOf(move: (build: NetworkBuilder, cells: string) => string): Network {
  const build = networkBuilder();
  const cells = build.neuron('cells', build.input('x', shape), {
    kind: 'if',
    parameters: {
      threshold: scalarParameter('threshold', 0.5),
      initialPotential: scalarParameter('initialPotential', 0.25),
    },
  });
  build.output('out', move(build, cells));
  return build.build();
}

async function expectReference(network: Network, steps: number): Promise<void> {
  const reference = referenceSimulate(network, image, steps);
  for (const tableBytes of [0, 640 * 1024]) {
    const engine = await eventEngine(network, { tableBytes });
    const { outputs } = engine.simulate({ shape: [1, ...shape], images: image }, { steps });
    const expected = (reference.values.get('out') ?? []).flatMap((step) => [...step]);
    expectClose(outputs.get('out')?.data ?? [], expected, { absolute: 1e-6, relative: 1e-6 });
  }
}

const weights = (dimensions: readonly number[]) => {
  const size = dimensions.reduce((product, dimension) => product * dimension, 1);
  return float32Parameter(
    'weight',
    dimensions,
    Float32Array.from({ length: size }, (_, i) => ((i * 5) % 13) - 6),
  );
};

/** Possible readers of a pooling; each views it differently. */
const readers: Readonly<Record<string, (build: NetworkBuilder, pool: string, pooled: readonly number[]) => string>> = {
  'a convolution': (build, pool) =>
    build.conv2d('read', pool, { weight: weights([2, 2, 2, 3]), padding: { ...noPadding, top: 2, right: 3 } }),
  'a dense layer': (build, pool, [rows = 1, columns = 1]) =>
    build.dense('read', build.node({ op: 'flatten', name: 'flat', inputs: [pool] }), {
      weight: weights([rows * columns * 2, 3]),
    }),
  'neurons that add it': (build, pool) =>
    build.neuron('read', build.node({ op: 'add', name: 'twice', inputs: [pool, pool] }), {
      kind: 'if',
      parameters: {
        threshold: scalarParameter('threshold', 2),
        initialPotential: scalarParameter('initialPotential', 0),
      },
    }),
  'a split': (build, pool) => build.node({ op: 'split', name: 'read', inputs: [pool], sizes: [1, 1], part: 1 }),
  'a concat': (build, pool) => build.node({ op: 'concat', name: 'read', inputs: [pool, pool] }),
  'a shuffle': (build, pool) => build.node({ op: 'channelShuffle', name: 'read', inputs: [pool], groups: 2 }),
  'a subsampling': (build, pool) => build.node({ op: 'subsample', name: 'read', inputs: [pool], stride: [3, 2] }),
  'an upsampling': (build, pool) =>
    build.node({ op: 'upsample', name: 'read', inputs: [pool], factor: [1, 2], method: 'nearest' }),
  'a max pooling': (build, pool) =>
    build.node({ op: 'maxPool', name: 'read', inputs: [pool], size: [2, 1], stride: [1, 1], padding: noPadding }),
  'a pad': (build, pool) =>
    build.node({
      op: 'pad',
      name: 'read',
      inputs: [pool],
      padding: { ...noPadding, left: 1 },
      channels: { before: 1, after: 0 },
    }),
};

describe('spikes that are seen through a pooling of single pixels', () => {
  const sides: readonly (keyof Padding)[] = ['top', 'bottom', 'left', 'right'];
  for (const [what, read] of Object.entries(readers)) {
    it(`are zero in its padding, on whichever side, to ${what}`, async () => {
      for (const side of sides) {
        for (const stride of [1, 2, 5]) {
          const padding = { ...noPadding, [side]: 5 };
          const extent = (amount: number): number => Math.floor((3 + amount - 1) / stride) + 1;
          const pooled = [extent(padding.top + padding.bottom), extent(padding.left + padding.right)];
          // With one row, the max pooling would have no window.
          if (what === 'a max pooling' && (pooled[0] ?? 0) < 2) continue;
          const network = networkOf((build, cells) =>
            read(
              build,
              build.node({
                op: 'avgPool',
                name: 'pool',
                inputs: [cells],
                size: [1, 1],
                stride: [stride, stride],
                padding,
                divisor: 'window',
              }),
              pooled,
            ),
          );
          await expectReference(network, 4);
        }
      }
    });
  }
});
