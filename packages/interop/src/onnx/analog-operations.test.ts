import type { CombineNode, ElementFunctionName, Network } from '@rheobase/network';
import { elementFunctionNames, networkBuilder, pairFunctionNames } from '@rheobase/network';
import type { ActivationReference } from '@rheobase/testing';
import { expectClose, imageFor, networkArbitrary, randomFeatures, referenceForward, reluSite } from '@rheobase/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeOnnx } from './encode-onnx.js';
import { decodeOnnx } from './import-onnx.js';
import { hasRuntime, runtimeOutputs } from './runtime.fixture.js';

/** What onnxruntime makes of a network's file, one image, in the network's layout. */
async function computed(network: Network, inputs: ReadonlyMap<string, Float32Array>) {
  const shapes = new Map(
    network.nodes.flatMap((node) => (node.op === 'input' ? [[node.name, [1, ...node.shape]] as const] : [])),
  );
  return (await runtimeOutputs(encodeOnnx(network), inputs, shapes)) ?? new Map<string, Float64Array>();
}

/** A network of one function, of numbers for which it has a value. */
function functionOf(name: ElementFunctionName): { readonly network: Network; readonly values: Float32Array } {
  const positive: readonly ElementFunctionName[] = ['acosh', 'log', 'power', 'sqrt'];
  const small: readonly ElementFunctionName[] = ['acos', 'asin', 'atanh'];
  const values = Float32Array.from([-2.5, -1, -0.6, 0.5, 1.5, 2.5, 7], (x) =>
    positive.includes(name) ? Math.abs(x) + 1 : small.includes(name) ? x / 8 : x,
  );
  const builder = networkBuilder();
  const x = builder.input('x', [values.length]);
  const attributes = name === 'clip' ? { max: 2 } : name === 'elu' ? { alpha: 0.3 } : {};
  builder.output('y', builder.node({ op: 'function', name: 'f', inputs: [x], function: name, attributes }));
  return { network: builder.build(), values };
}

function pairOf(name: CombineNode['function']): {
  readonly network: Network;
  readonly inputs: Map<string, Float32Array>;
} {
  const builder = networkBuilder();
  const [a, b] = [builder.input('a', [5]), builder.input('b', [5])];
  builder.output('y', builder.node({ op: 'combine', name: 'f', inputs: [a, b], function: name }));
  const inputs = new Map([
    ['a', Float32Array.of(1, 0, 0, 2, 0.5)],
    ['b', Float32Array.of(1, 1, 3, 0.5, 2)],
  ]);
  return { network: builder.build(), inputs };
}

/** Functions that are read as sites. */
const sites: Readonly<Record<string, ActivationReference>> = {
  relu6: (z) => Math.min(Math.max(z, 0), 6),
  'leaky-relu': (z, { slope = 1 }) => (z > 0 ? z : slope * z),
};

describe('operations of an analog head in ONNX', () => {
  it.skipIf(!hasRuntime).each(elementFunctionNames)(
    'onnxruntime computes %s as it is defined (onnxruntime-web is needed)',
    async (name) => {
      const { network, values } = functionOf(name);
      const found = await computed(network, new Map([['x', values]]));
      expectClose(found.get('y') ?? [], [...(referenceForward(network, values).get('y') ?? [])], {
        absolute: 1e-5,
        relative: 1e-5,
      });
    },
  );

  it.skipIf(!hasRuntime).each(pairFunctionNames)(
    'onnxruntime computes %s of two values as it is defined (onnxruntime-web is needed)',
    async (name) => {
      const { network, inputs } = pairOf(name);
      const found = await computed(network, inputs);
      expectClose(found.get('y') ?? [], [...(referenceForward(network, inputs).get('y') ?? [])], { absolute: 1e-6 });
    },
  );

  it('are read back: every function and every function of two values', () => {
    for (const name of elementFunctionNames) {
      const { network, values } = functionOf(name);
      const read = decodeOnnx(encodeOnnx(network), `${name}.onnx`);
      expectClose(
        [...(referenceForward(read, values, sites).get('y') ?? [])],
        [...(referenceForward(network, values).get('y') ?? [])],
        { absolute: 1e-6, relative: 1e-6 },
      );
    }
    for (const name of pairFunctionNames) {
      const { network, inputs } = pairOf(name);
      const read = decodeOnnx(encodeOnnx(network), `${name}.onnx`);
      expect([...(referenceForward(read, inputs).get('y') ?? [])], name).toEqual([
        ...(referenceForward(network, inputs).get('y') ?? []),
      ]);
    }
  });

  it.skipIf(!hasRuntime)(
    'are computed by onnxruntime on random networks with heads and gathers (onnxruntime-web is needed)',
    async () => {
      // It refuses poolings with padding as wide as their window.
      const usual = randomFeatures.filter((feature) => feature !== 'extremeGeometry');
      const networks = networkArbitrary({ site: reluSite, features: [...usual, 'gather', 'analogHead'] });
      await fc.assert(
        fc.asyncProperty(networks, fc.noShrink(fc.integer()), async (network, seed) => {
          const image = imageFor(network, seed);
          const input = network.nodes.find(({ op }) => op === 'input')?.name ?? '';
          const found = await computed(network, new Map([[input, image]]));
          const expected = referenceForward(network, image);
          for (const [name, values] of found) {
            expectClose(values, [...(expected.get(name) ?? [])], { absolute: 1e-4, relative: 1e-4 });
          }
          expect(found.size).toBeGreaterThan(0);
        }),
        { numRuns: 40, seed: 3 },
      );
    },
  );
});
