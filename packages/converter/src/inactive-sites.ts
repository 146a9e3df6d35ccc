import type { RecordedThreshold } from './site-conversion.js';

/** A site, or some of its channels, that no image activated when thresholds were recorded: what was recorded for them is 0. */
export interface InactiveSite {
  readonly site: string;
  /** How many of its thresholds are 0, and of how many: 1 of 1 where the whole site has one. */
  readonly inactive: number;
  readonly of: number;
}

/** The sites of which something was never active, in the order of the map. */
export function inactiveSites(thresholds: ReadonlyMap<string, RecordedThreshold>): readonly InactiveSite[] {
  return [...thresholds].flatMap(([site, recorded]) => {
    const values = valuesOf(recorded);
    const inactive = values.filter((theta) => theta === 0).length;
    return inactive === 0 ? [] : [{ site, inactive, of: values.length }];
  });
}

/** What there is to say about such a site, to follow its name. */
export function describeInactive({ inactive, of }: InactiveSite): string {
  return inactive === of
    ? 'it was never active on the images that thresholds were recorded on; θ is the mean of the other sites, and its neurons stay ' +
        'silent unless other images activate it'
    : `${inactive} of its ${of} channels ${inactive === 1 ? 'was' : 'were'} never active on the images that thresholds were recorded on; ` +
        'their θ is the mean of the other channels';
}

/**
 * The thresholds with something in the place of every 0: the mean of the site's other channels, or where all of it was never active, the mean of
 * the other sites; 1 where none was active. On the recorded images any θ gives the same, which is nothing; on others a θ of the usual size
 * neither cuts values off nor fires at the slightest input.
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

// Only 0: what is not a number is for the conversion to refuse.
const filled = (theta: number, own: number): number => (theta === 0 ? own : theta);

const valuesOf = (recorded: RecordedThreshold): readonly number[] =>
  typeof recorded === 'number' ? [recorded] : [...recorded];

/** The mean of the finite values above zero; 0 where there is none. */
function positiveMean(values: readonly number[]): number {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  return positive.length === 0 ? 0 : positive.reduce((sum, value) => sum + value / positive.length, 0);
}
