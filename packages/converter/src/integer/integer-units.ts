/** Sums of an integer network stay up to this, so that int32 and float32 both hold them exactly. */
export const greatestSum = 2 ** 24;

/** One channel of a layer's weights, in real units. */
export interface LayerDemands {
  /** The finest unit that the weights have room for: the greatest weight over the greatest integer. */
  readonly finest: number;
  /** The coarsest unit that leaves the weights enough levels; Infinity where the finest of the sum will do. */
  readonly coarsest: number;
  /** What rounding the weights can add to the sum, in units of the weights. */
  readonly rounding: number;
}

/** What is known of one channel of a sum before its unit is chosen; all in real units. */
export interface ChannelDemands {
  /** Whether its layers read spikes alone. */
  readonly grain: 'spikes' | 'analog';
  readonly layers: readonly LayerDemands[];
  /** Greatest magnitude the sum can have. */
  readonly span: number;
  /** Units of the shortcuts that are added; those that are always zero left out. */
  readonly others: readonly number[];
  /** Thresholds of the neurons that read it. */
  readonly thresholds: readonly number[];
  /** Greatest magnitude of what is rounded to the unit besides: V(0), biases. */
  readonly constants: number;
}

/** The unit of one channel of a sum. */
export interface ChannelUnit {
  readonly unit: number;
  /** By layer, how many units one step of its weights is worth: the factor its values are multiplied by. */
  readonly layerFactors: readonly number[];
}

/** θ, and the units of shortcuts, are at least so many units of the sum: rounding them costs a percent at most. */
const leastLevels = 64;

/** A quarter of the room of a sum is for its span, which leaves potentials of 32 bits 500 steps; another for what rounding weights adds. */
export const roomForSpan = greatestSum / 4;
export const roomForRounding = greatestSum / 4;

/** θ, V(0) and biases have at most so many units: after spikes no more than keeps a silent channel's sums in 16 bits. */
const greatestConstant = { spikes: 2 ** 14, analog: 2 ** 20 } as const;

/**
 * Chooses the unit: as fine as the weights allow, which makes most of their bits; finer where a threshold, a shortcut or a layer of finer inputs
 * would be too few units (the values of the other layers are then multiplied); coarser where the sum would overflow. A channel with a
 * threshold gets a unit of which θ is an even number, so that θ and θ/2 are exact.
 */
export function chooseUnit(demands: ChannelDemands): ChannelUnit {
  const unit = unitOf(demands);
  // A hair below one is the unit itself, divided and multiplied again.
  return { unit, layerFactors: demands.layers.map(({ finest }) => Math.max(1, Math.ceil(finest / unit - 1e-9))) };
}

function unitOf({ layers, span, others, thresholds, constants, grain }: ChannelDemands): number {
  const theta = thresholds[0];
  const coarsest = Math.max(
    span / roomForSpan,
    Math.max(constants, ...thresholds) / greatestConstant[grain],
    ...layers.map(({ finest, rounding }) => (finest * rounding) / roomForRounding),
  );
  const wanted = Math.min(
    ...thresholds.map((threshold) => threshold / leastLevels),
    ...others.map((other) => other / leastLevels),
    ...layers.map((layer) => layer.coarsest),
  );
  const finest = Math.max(0, ...layers.map((layer) => layer.finest));
  if (finest > 0) {
    const base = Math.max(finest, coarsest);
    const parts = Math.max(1, Math.floor(Math.min(Math.ceil(base / wanted), base / coarsest)));
    return theta === undefined ? base / parts : evenPartOf(theta, base / parts, Math.floor);
  }
  const [first] = others;
  const alike = first !== undefined && others.every((other) => other === first);
  if (alike && (thresholds.length === 0 || first <= Math.min(...thresholds) / leastLevels) && first >= coarsest)
    return first;
  const unit = Math.max(Number.isFinite(wanted) ? wanted : constants / 1024, coarsest);
  if (unit === 0) return 1;
  return theta === undefined ? unit : evenPartOf(theta, unit, unit > coarsest ? Math.ceil : Math.floor);
}

/** The unit near `unit` of which θ is an even number. */
function evenPartOf(theta: number, unit: number, round: (x: number) => number): number {
  return theta / (2 * Math.max(1, round(theta / (2 * unit))));
}
