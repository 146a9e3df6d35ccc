import type { Network, NetworkNode, NeuronDefinition, Registry, WeightedNode } from '@rheobase/network';
import { analogHead, inferShapes, isWeighted, NetworkError } from '@rheobase/network';
import { inputValue, outputValue, writeHead } from './boundary-value.js';
import { biasShifts } from './bias-shifts.js';
import { findSums, type Sum } from './integer-sums.js';
import type { InputBound } from './input-bound.js';
import type { ChannelUnit } from './integer-units.js';
import type { IntegerValue } from './integer-value.js';
import { layerInput } from './layer-input.js';
import { layerValue } from './layer-value.js';
import { gatheredValue, movedValue } from './moved-value.js';
import { neuronValue } from './neuron-value.js';
import { globallyPooledValue, pooledValue } from './pooled-value.js';
import type { Rewriting } from './rewriting.js';
import { scaledValue } from './scaled-value.js';
import { sumUnits } from './sum-units.js';
import { sumValue } from './sum-value.js';
import { writtenNetwork } from './written-network.js';

/** Settings of a rewriting. */
export interface RewritingSettings {
  readonly inputBound: InputBound;
  readonly weightRange: number;
  readonly correction: ReadonlyMap<string, Float64Array>;
  readonly neurons: Registry<NeuronDefinition>;
}

/** Rewrites every node of a network without `integerRefusals`. */
export function rewriteInIntegers(network: Network, settings: RewritingSettings): Rewriting {
  const { inputBound, weightRange, correction, neurons } = settings;
  const source = new Map(network.nodes.map((node) => [node.name, node]));
  const sums = findSums(network);
  const values = new Map<string, IntegerValue>();
  const inputs = new Map<string, IntegerValue>();
  const units = new Map<string, readonly ChannelUnit[]>();
  const rewriting: Rewriting = {
    network,
    shapes: inferShapes(network),
    sums,
    neurons,
    inputBound,
    weightRange,
    shifts: biasShifts(source, sums, correction),
    written: writtenNetwork(source.keys()),
    inputs: new Map(),
    layers: new Map(),
    currentUnits: new Map(),
    nodeNamed: (name) => {
      const node = source.get(name);
      if (node === undefined) throw new NetworkError([{ subject: name, message: 'it is not a node of the network' }]);
      return node;
    },
    valueOf: (name: string) => once(values, name, () => ruleFor(rewriting, rewriting.nodeNamed(name))),
    layerInput: (node: WeightedNode) => once(inputs, node.name, () => layerInput(rewriting, node)),
    unitsOf: (sum: Sum) => once(units, sum.root, () => sumUnits(rewriting, sum)),
  };
  const head = analogHead(network);
  for (const { name } of network.nodes) if (!head.has(name)) rewriting.valueOf(name);
  writeHead(rewriting, network);
  return rewriting;
}

function once<Value>(known: Map<string, Value>, name: string, compute: () => Value): Value {
  const found = known.get(name);
  if (found !== undefined) return found;
  const value = compute();
  known.set(name, value);
  return value;
}

/** Writes a node by the rule of its operation. */
function ruleFor(rewriting: Rewriting, node: NetworkNode): IntegerValue {
  switch (node.op) {
    case 'input':
      return inputValue(rewriting, node);
    case 'add':
      return sumValue(rewriting, node);
    case 'neuron':
      return neuronValue(rewriting, node);
    case 'avgPool':
      return pooledValue(rewriting, node);
    case 'globalAvgPool':
      return globallyPooledValue(rewriting, node);
    case 'output':
      return outputValue(rewriting, node);
    case 'scale':
      return scaledValue(rewriting, node);
    case 'gather':
      return gatheredValue(rewriting, node);
    default:
      return isWeighted(node) ? layerValue(rewriting, node) : movedValue(rewriting, node);
  }
}
