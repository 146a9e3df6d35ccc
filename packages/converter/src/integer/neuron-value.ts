import type { NeuronNode, Parameter } from '@rheobase/network';
import {
  attributeValues,
  greatestMagnitude,
  integerNeuron,
  isWeighted,
  parameterOf,
  shapeAt,
  spikeRange,
  spread,
} from '@rheobase/network';
import { chooseUnit } from './integer-units.js';
import { type IntegerValue, roundHalfUp } from './integer-value.js';
import { neuronDemands } from './neuron-demands.js';
import { type Rewriting, uniformValue } from './rewriting.js';
import { inUnits } from './sum-value.js';

/** A neuron whose θ and V(0) are integer multiples of its current's unit, and whose spike value is 1. */
export function neuronValue(rewriting: Rewriting, node: NeuronNode): IntegerValue {
  const { network, shapes, written } = rewriting;
  const current = currentOf(rewriting, node);
  const shape = shapeAt(shapes, node.name);
  const channels = shape.at(-1) ?? 1;
  const inWhole = (name: string, least: number): Parameter => {
    const parameter = parameterOf(network, name);
    const { per, data } = spread(parameter, shape);
    const whole = Int32Array.from(data, (value, i) =>
      Math.max(least, roundHalfUp(value / (current.unit[i % channels] ?? 1))),
    );
    return { role: parameter.role, type: 'int32', shape: per === 'channel' ? [channels] : shape, data: whole };
  };
  const wholePart = (part: string, name: string): Parameter => {
    if (part === 'threshold') return inWhole(name, 1);
    return part === 'initialPotential' ? inWhole(name, -Infinity) : parameterOf(network, name);
  };
  const parts = Object.entries(node.neuron.parameters).map(
    ([part, name]) => [part, written.place(`${node.name}.${part}`, wholePart(part, name))] as const,
  );
  const stepBias =
    node.stepBias && written.place(node.stepBias, wholeRows(parameterOf(network, node.stepBias), current));
  const { kind, attributes } = node.neuron;
  // An integer network stores the defaults that the source leaves to the model.
  const definition = integerNeuron(node, rewriting.neurons);
  const stated = attributeValues(definition.attributes, attributes);
  const neuron = { kind, parameters: Object.fromEntries(parts), attributes: stated };
  written.add({ ...node, inputs: [current.node], neuron, ...(stepBias && { stepBias }), spikeValue: 'one' });
  rewriting.currentUnits.set(node.name, current.unit);
  const name = node.neuron.parameters['threshold'];
  const theta = spread(name === undefined ? { shape: [], data: [1] } : parameterOf(network, name), shape);
  return {
    node: node.name,
    unit: theta.per === 'channel' ? theta.data : new Float64Array(channels).fill(Number.NaN),
    ...(theta.per === 'element' && { unitByElement: theta.data }),
    magnitude: new Float64Array(channels).fill(greatestMagnitude(spikeRange(definition, stated))),
    grain: 'spikes',
  };
}

/** A step bias `[T, C]` in whole units of its current. */
function wholeRows({ role, shape, data }: Parameter, { unit }: IntegerValue): Parameter {
  const whole = Int32Array.from(data, (value, i) => roundHalfUp(value / (unit[i % unit.length] ?? 1)));
  return { role, type: 'int32', shape, data: whole };
}

/** The current of a neuron; one that is not a sum gets units fine enough for θ. */
function currentOf(rewriting: Rewriting, node: NeuronNode): IntegerValue {
  const [input] = node.inputs;
  const behind = rewriting.nodeNamed(input);
  if (isWeighted(behind) || behind.op === 'add') return rewriting.valueOf(input);
  const value = uniformValue(rewriting, input, node);
  const { threshold, initial } = neuronDemands(rewriting, node);
  const chosen = Array.from(value.unit, (unit, c) =>
    chooseUnit({
      grain: value.grain,
      layers: [],
      span: unit * (value.magnitude[c] ?? 0),
      others: unit > 0 ? [unit] : [],
      thresholds: [threshold[c] ?? 1],
      constants: initial[c] ?? 0,
    }),
  );
  return inUnits(rewriting, value, chosen, `${node.name}.scale`);
}
