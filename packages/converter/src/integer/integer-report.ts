import { textTable, type WeightedNode } from '@rheobase/network';

/** How an input was quantized. */
export interface IntegerInput {
  readonly node: string;
  /** Inputs are clipped to ±`maximum`: its least and greatest value over channels. */
  readonly maximum: readonly [least: number, greatest: number];
  /** The source of that bound. */
  readonly source: string;
  /** Fraction of clipped inputs, 0…1; absent if unknown. */
  readonly clipped?: number;
}

/** How a layer's weights were quantized. */
export interface IntegerLayer {
  readonly node: string;
  readonly op: WeightedNode['op'];
  readonly weights: 'int8' | 'int16';
  /** Least and greatest real value of one unit of its output, over channels. */
  readonly unit: readonly [least: number, greatest: number];
  /** Fraction of weights clipped at the greatest integer. */
  readonly clipped: number;
  /** Fraction of nonzero weights that became zero. */
  readonly vanished: number;
  /** Root mean square error of the weights over their root mean square. */
  readonly relativeError: number;
  /** Bounds of its output at a step, whichever neurons fire. */
  readonly sums: readonly [least: number, greatest: number];
  /** Bits that hold every output. */
  readonly bits: 16 | 32;
}

/** How a population of neurons was quantized. */
export interface IntegerNeuron {
  readonly node: string;
  /** Least and greatest θ in units. */
  readonly threshold: readonly [least: number, greatest: number];
  /** Bounds of its current at a step. */
  readonly current: readonly [least: number, greatest: number];
  /** Number of time steps for which a 32-bit potential cannot overflow. */
  readonly mostSteps: number;
}

/** What rewriting in integers did, layer by layer, in network order. */
export interface IntegerReport {
  readonly inputs: readonly IntegerInput[];
  readonly layers: readonly IntegerLayer[];
  readonly neurons: readonly IntegerNeuron[];
}

/** The least and the greatest of several numbers. */
export function rangeOf(values: Iterable<number>): readonly [least: number, greatest: number] {
  let [least, greatest] = [Infinity, -Infinity];
  for (const value of values) {
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  return [least, greatest];
}

const short = (value: number): string => String(Number(value.toPrecision(3)));
const percent = (share: number): string => `${short(100 * share)} %`;
const span = ([least, greatest]: readonly [number, number]): string =>
  least === greatest ? short(least) : `${short(least)} … ${short(greatest)}`;

/** Describes one input's bound. */
export function describeInput({ maximum, source, clipped }: IntegerInput): string {
  const beyond = clipped === undefined ? 'what lies beyond is clipped' : `${percent(clipped)} clipped`;
  return `inputs clipped to ±${span(maximum)} (${source}; ${beyond})`;
}

/** The report as text: the bounds of inputs, then two tables. */
export function formatIntegerReport({ inputs, layers, neurons }: IntegerReport): string {
  const layerRows = layers.map((layer) => [
    layer.node,
    layer.weights,
    span(layer.unit),
    percent(layer.relativeError),
    percent(layer.clipped),
    percent(layer.vanished),
    span(layer.sums),
    `${layer.bits}`,
  ]);
  const neuronRows = neurons.map((neuron) => [
    neuron.node,
    span(neuron.threshold),
    span(neuron.current),
    `${neuron.mostSteps}`,
  ]);
  return [
    inputs.map((input) => `${input.node}: ${describeInput(input)}`).join('\n'),
    textTable([['layer', 'weights', 'unit', 'error', 'clipped', 'vanished', 'sums', 'bits'], ...layerRows]),
    textTable([['neuron', 'θ in units', 'current in units', 'most steps'], ...neuronRows]),
  ].join('\n\n');
}
