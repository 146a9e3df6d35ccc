import { textTable } from '@rheobase/network';
import type { ApReport } from '@rheobase/detection';
import type { SpikingDetectionSummary } from '@rheobase/experiments';
import { millions, percent } from '../output/figures.js';

/** Describes the mean AP of an analog detector. */
export function describeAnalog(
  report: ApReport,
  about: { readonly label: string; readonly images: number; readonly dataset: string; readonly split: string },
): string {
  const { label, images, dataset, split } = about;
  const classes = report.objectsByClass.filter((objects) => objects > 0).length;
  const further = Object.entries(report.further)
    // Sizes without objects are omitted.
    .filter(([, value]) => !Number.isNaN(value))
    .map(([name, value]) => `${name} ${percent(value)}`);
  const figures =
    `${label} on ${images} images of ${dataset} (${split}): mean AP@0.5 ${percent(report.meanApAtHalf)}, ` +
    `${report.protocol} ${percent(report.meanAp)} over ${classes} classes`;
  return [figures, ...(further.length > 0 ? [further.join(', ')] : [])].join('\n');
}

/** The table of mean AP and cost of a spiking detector against time steps. */
export function describeSpikingDetections({ at, protocol, macsPerImage }: SpikingDetectionSummary): string {
  const rows = at.map(({ steps, meanApAtHalf, meanAp, distance, firingRate, sopsPerImage, energyRatio }) => [
    String(steps),
    percent(meanApAtHalf),
    percent(meanAp),
    distance === undefined ? '' : distance.toFixed(3),
    firingRate.toFixed(3),
    millions(sopsPerImage),
    energyRatio.toFixed(3),
  ]);
  return [
    textTable([['T', 'mean AP@0.5', protocol, 'distance', 'firing rate', 'SOPs/image', 'energy/ANN'], ...rows]),
    '',
    `The source network needs ${millions(macsPerImage)} MACs per image. Distance: of the output maps from the source network’s, relative.`,
  ].join('\n');
}

/** A report with class names; classes without objects are omitted. */
export function namedReport({ apByClass, objectsByClass, ...rest }: ApReport, classNames: readonly string[]): object {
  const classes = classNames.flatMap((name, label) =>
    (objectsByClass[label] ?? 0) > 0 ? [[name, { ap: apByClass[label], objects: objectsByClass[label] }] as const] : [],
  );
  return { ...rest, byClass: Object.fromEntries(classes) };
}
