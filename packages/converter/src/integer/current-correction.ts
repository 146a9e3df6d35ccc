import type { ProbeRecord } from '@rheobase/network';

/**
 * The mean error of a neuron's current after rewriting in integers, for `correction` of `toInteger`.
 *
 * @param source `mean-input` of the neuron in the source network, `[N, …shape]`
 * @param integer `mean-input` of the same neuron in the integer network, on the same images, in units
 * @param unit unit of each channel, from `currentUnits` of that conversion
 * @returns mean difference over images and positions by channel, `[C]`, in the source's units
 * @throws if the records are not mean inputs of one shape.
 */
export function currentCorrection(source: ProbeRecord, integer: ProbeRecord, unit: Float64Array): Float64Array {
  for (const record of [source, integer]) {
    if (record.probe.kind !== 'mean-input') {
      throw new Error(
        `A correction is made from mean-input probes, not ${record.probe.kind} of '${record.probe.node}'.`,
      );
    }
  }
  const channels = unit.length;
  if (
    source.data.length !== integer.data.length ||
    source.data.length % channels !== 0 ||
    source.shape.at(-1) !== channels
  ) {
    throw new Error(
      `The records of '${source.probe.node}', [${source.shape.join(', ')}] and [${integer.shape.join(', ')}], are not of one ` +
        `shape with ${channels} channels; record both on the same images.`,
    );
  }
  const total = new Float64Array(channels);
  source.data.forEach((value, i) => {
    const c = i % channels;
    total[c] = (total[c] ?? 0) + value - (integer.data[i] ?? 0) * (unit[c] ?? 0);
  });
  return total.map((sum) => sum / (source.data.length / channels));
}
