import type { OverTime } from '@rheobase/execution';
import type { ImageBatch } from '@rheobase/network';
import { tensor } from '@tensorflow/tfjs-core';
import { pick } from './calibration-images.js';
import type { RecordedValues } from './recorded-values.js';

/** The two sets of images. */
export type ImageSet = 'calibration' | 'heldOut';

/** A site's values on both sets of images. */
export type Recording = Readonly<Record<ImageSet, RecordedValues>>;

/** The values of the sites before the current one, kept for as long as a later segment reads them. */
export interface Recordings {
  /** Held at present. */
  readonly bytes: number;
  get(site: string): Recording | undefined;
  set(site: string, recording: Recording): void;
  /** Whether a segment after this one reads a site's values. */
  isReadAfter(place: number, site: string): boolean;
  /** Forgets what no segment after this one reads. */
  freeAfter(place: number): void;
}

/** Nothing yet. @param frontiers what each segment reads, in the order in which they come */
export function recordings(frontiers: readonly (readonly string[])[]): Recordings {
  const lastReader = new Map<string, number>();
  for (const [place, names] of frontiers.entries()) for (const name of names) lastReader.set(name, place);
  const held = new Map<string, Recording>();
  const isReadAfter = (place: number, site: string): boolean => (lastReader.get(site) ?? -1) > place;
  return {
    get bytes() {
      let sum = 0;
      for (const { calibration, heldOut } of held.values()) sum += calibration.bytes + heldOut.bytes;
      return sum;
    },
    get: (site) => held.get(site),
    set: (site, recording) => void held.set(site, recording),
    isReadAfter,
    freeAfter(place) {
      for (const site of held.keys()) if (!isReadAfter(place, site)) held.delete(site);
    },
  };
}

/** Recorded values as a tensor, in its own memory. */
export function played(values: RecordedValues, images: ArrayLike<number>): OverTime {
  const { shape, steps } = values;
  return { kind: 'changing', value: tensor(values.read(images), [steps * images.length, ...shape], 'float32') };
}

/** Images as a tensor: with direct coding the same at every step. */
export function shown(images: ImageBatch, chosen: ArrayLike<number>): OverTime {
  const [, ...shape] = images.shape;
  return { kind: 'constant', value: tensor(pick(images, chosen), [chosen.length, ...shape], 'float32') };
}
