import type { Network, NodeOf } from '@rheobase/network';
import { applyRule, inferShapes, shapeAt, sizeOf } from '@rheobase/network';
import type { ActivationReference } from './model-references.js';
import { basicActivations, referenceOf } from './model-references.js';
import { evaluateReference, siteValues } from './reference-op.js';

/** One image, row-major `[H, W, C]`; for a network with several inputs, one value per input, by node name. */
export type ReferenceInput = ArrayLike<number> | ReadonlyMap<string, ArrayLike<number>>;

/** The value of an input node. */
export function valueAtInput(node: NodeOf<'input'>, input: ReferenceInput): Float64Array {
  const value = input instanceof Map ? (input as ReadonlyMap<string, ArrayLike<number>>).get(node.name) : input;
  const given = value !== undefined && 'length' in value ? value : undefined;
  if (given?.length !== sizeOf(node.shape)) {
    throw new Error(
      `The input '${node.name}' takes ${sizeOf(node.shape)} numbers, [${node.shape.join(', ')}]; ` +
        `${given === undefined ? 'none' : given.length} were given.`,
    );
  }
  return Float64Array.from(given);
}

/**
 * Runs an analog network on one image, in float64 and plain loops; batch norms use their running statistics.
 *
 * @param activations references of the kinds that occur, in addition to {@link basicActivations}
 * @returns the value of every node, row-major
 * @throws if the network has a neuron (see {@link referenceSimulate}), or an activation without a reference.
 */
export function referenceForward(
  network: Network,
  input: ReferenceInput,
  activations: Readonly<Record<string, ActivationReference>> = {},
): ReadonlyMap<string, Float64Array> {
  const shapes = inferShapes(network);
  const references = { ...basicActivations, ...activations };
  const values = new Map<string, Float64Array>();
  for (const node of network.nodes) {
    const shape = shapeAt(shapes, node.name);
    const inputs = node.inputs.map((name) => ({
      shape: shapeAt(shapes, name),
      data: values.get(name) ?? new Float64Array(0),
    }));
    const value = applyRule(node, {
      input: (source) => valueAtInput(source, input),
      activation: ({ name, activation }) => {
        const reference = referenceOf(references, activation.kind, name);
        const [z] = inputs;
        if (z === undefined) throw new Error(`'${name}' has no input.`);
        return z.data.map((x, i) => reference(x, siteValues(activation, network, shape, i)));
      },
      neuron: ({ name }) => {
        throw new Error(`'${name}' is a neuron; run the network with referenceSimulate.`);
      },
      plain: (plain) => evaluateReference(plain, network, inputs, shape),
    });
    values.set(node.name, value);
  }
  return values;
}
