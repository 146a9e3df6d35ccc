import { oneOf, text } from '../decode.js';
import { fromOne, model, nodeDecoder } from '../decode-fields.js';
import { inOrder } from '../element-map.js';
import type { ActivationNode, NeuronNode } from '../node.js';
import type { Operation, Parameters } from '../operation.js';
import type { Shape } from '../shape.js';
import { broadcastsTo, describeShape } from '../shape.js';
import { fail, lookUp } from '../shape-rules.js';
import type { ModelSpec } from '../spec.js';

function siteShape(spec: ModelSpec, input: Shape, parameters: Parameters): Shape {
  if (spec.kind === '') fail('its kind is empty; name a registered activation or neuron');
  for (const [part, name] of Object.entries(spec.parameters)) {
    const { shape } = lookUp(parameters, name, part);
    if (!broadcastsTo(shape, input)) {
      fail(
        `its ${part} '${name}' has shape ${describeShape(shape)}, which does not apply to ${describeShape(input)}: ` +
          'a scalar, one per channel or one per neuron is needed',
      );
    }
  }
  return input;
}

function expectStepBias(name: string, input: Shape, parameters: Parameters): void {
  const { shape } = lookUp(parameters, name, 'stepBias');
  const channels = input.at(-1) ?? 1;
  if (shape.length !== 2 || shape[1] !== channels) {
    fail(
      `its stepBias '${name}' has shape ${describeShape(shape)} where [T, ${channels}] is needed: a row of ${channels} channels for each time step`,
    );
  }
}

const siteNumbers = ({ attributes }: ModelSpec): readonly string[] =>
  Object.entries(attributes)
    .filter(([, value]) => !Number.isFinite(value))
    .map(([attribute, value]) => `its attribute '${attribute}' is ${value}; it must be finite`);

export const activation: Operation<ActivationNode> = {
  decode: nodeDecoder<ActivationNode>('activation', { inputs: fromOne, activation: model }),
  parameters: ['activation'],
  shape: (node, [input = []], parameters) => siteShape(node.activation, input, parameters),
  numbers: (node) => siteNumbers(node.activation),
  maps: () => inOrder,
  integer: false,
  notToInteger: () => 'an analog activation; convert it to a neuron first (toSpiking)',
};

export const neuron: Operation<NeuronNode> = {
  decode: nodeDecoder<NeuronNode>('neuron', {
    inputs: fromOne,
    neuron: model,
    stepBias: { ifPresent: text },
    spikeValue: { ifPresent: oneOf('one') },
  }),
  parameters: ['neuron', 'stepBias'],
  shape: (node, [input = []], parameters) => {
    if (node.stepBias !== undefined) expectStepBias(node.stepBias, input, parameters);
    return siteShape(node.neuron, input, parameters);
  },
  numbers: (node) => siteNumbers(node.neuron),
  maps: () => inOrder,
};
