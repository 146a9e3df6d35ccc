/** Greatest magnitude of sums of an integer network, exact in both int32 and float32. */
export const greatestSum = 2 ** 24;

/** One channel of a layer's weights, in real units. */
export interface LayerDemands {
  /** The finest possible unit of the weights: the greatest weight over the greatest integer. */
  readonly finest: number;
  /** The coarsest unit that leaves the weights enough levels; Infinity if the finest unit of the sum is fine enough. */
  readonly coarsest: number;
  /** Greatest rounding error of the weights in the sum, in units of the weights. */
  readonly rounding: number;
}

/** The requirements of one channel of a sum on its unit; all in real units. */
export interface ChannelDemands {
  /** Whether its layers read only spikes. */
  readonly grain: 'spikes' | 'analog';
  readonly layers: readonly LayerDemands[];
  /** Greatest possible magnitude of the sum. */
  readonly span: number;
  /** Units of the shortcuts, except those that are always zero. */
  readonly others: readonly number[];
  /** Thresholds of the neurons that read it. */
  readonly thresholds: readonly number[];
  /** Greatest magnitude of other constants rounded to the unit: V(0), biases. */
  readonly constants: number;
}

/** The unit of one channel of a sum. */
export interface ChannelUnit {
  readonly unit: number;
  /** By layer, the number of units per step of its weights: the factor that multiplies its values. */
  readonly layerFactors: readonly number[];
}

/** θ and the units of shortcuts are at least this many units of the sum, so rounding them costs at most 1 %. */
const leastLevels = 64;

/** A quarter of a sum's range is for its span, which leaves 32-bit potentials 500 steps; another quarter is for rounding errors of weights. */
export const roomForSpan = greatestSum / 4;
export const roomForRounding = greatestSum / 4;

/** θ, V(0) and biases have at most this many units; after spikes, few enough to keep a silent channel's sums in 16 bits. */
const greatestConstant = { spikes: 2 ** 14, analog: 2 ** 20 } as const;

/**
 * Chooses the unit: as fine as the weights allow, to use their bits well; finer if a threshold, a shortcut or a layer of finer inputs would have too
 * few units (the values of the other layers are then multiplied); coarser if the sum would overflow. In a channel with a threshold, θ is an even
 * number of units, so that θ and θ/2 are exact.
 */
export function chooseUnit(demands: ChannelDemands): ChannelUnit {
  const unit = unitOf(demands);
  // Slightly below one is a rounding error of dividing by the unit and multiplying again.
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

/** The unit near `unit` such that θ is an even number of units. */
function evenPartOf(theta: number, unit: number, round: (x: number) => number): number {
  return theta / (2 * Math.max(1, round(theta / (2 * unit))));
}
