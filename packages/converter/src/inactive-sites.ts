import type { RecordedThreshold } from './site-conversion.js';

/** A site that, entirely or in some channels, no image activated when thresholds were recorded: the recorded threshold is 0. */
export interface InactiveSite {
  readonly site: string;
  /** How many of its thresholds are 0; 1 if the whole site has one. */
  readonly inactive: number;
  readonly of: number;
}

/** The sites with channels that were never active, in the order of the map. */
export function inactiveSites(thresholds: ReadonlyMap<string, RecordedThreshold>): readonly InactiveSite[] {
  return [...thresholds].flatMap(([site, recorded]) => {
    const values = valuesOf(recorded);
    const inactive = values.filter((theta) => theta === 0).length;
    return inactive === 0 ? [] : [{ site, inactive, of: values.length }];
  });
}

/** Describes such a site, to follow its name. */
export function describeInactive({ inactive, of }: InactiveSite): string {
  return inactive === of
    ? 'it was never active on the images that thresholds were recorded on; θ is the mean of the other sites, and its neurons stay ' +
        'silent unless other images activate it'
    : `${inactive} of its ${of} channels ${inactive === 1 ? 'was' : 'were'} never active on the images that thresholds were recorded on; ` +
        'their θ is the mean of the other channels';
}

/**
 * The thresholds with every 0 replaced: by the mean of the site's other channels, by the mean of the other sites if the whole site was never active,
 * or by 1 if none was. On the recorded images any θ gives no spikes; on others, a θ of typical size neither clips values nor fires at tiny inputs.
 */
export function withoutZeros(
  thresholds: ReadonlyMap<string, RecordedThreshold>,
): ReadonlyMap<string, RecordedThreshold> {
  const means = new Map([...thresholds].map(([site, recorded]) => [site, positiveMean(valuesOf(recorded))]));
  const usual = positiveMean([...means.values()]) || 1;
  return new Map(
    [...thresholds].map(([site, recorded]) => {
      const own = means.get(site) || usual;
      return [site, typeof recorded === 'number' ? filled(recorded, own) : recorded.map((theta) => filled(theta, own))];
    }),
  );
}

// Replaces only 0; the conversion refuses NaN.
const filled = (theta: number, own: number): number => (theta === 0 ? own : theta);

const valuesOf = (recorded: RecordedThreshold): readonly number[] =>
  typeof recorded === 'number' ? [recorded] : [...recorded];

/** The mean of the finite values above zero; 0 if there are none. */
function positiveMean(values: readonly number[]): number {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  return positive.length === 0 ? 0 : positive.reduce((sum, value) => sum + value / positive.length, 0);
}
