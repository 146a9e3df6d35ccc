import { type Registry, registry } from '@rheobase/network';
import type { DetectorFamily } from './detector-family.js';
import { fastestDetFamily } from './fastestdet.js';
import { yoloFamilies } from './yolo.js';

const families: readonly DetectorFamily[] = [fastestDetFamily, ...Object.values(yoloFamilies)];

/** The detectors of this package by name. */
export const defaultDetectors: Registry<DetectorFamily> = registry(
  'detector',
  families.map((family) => [family.name, family] as const),
);
