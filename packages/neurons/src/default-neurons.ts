import type { Registry } from '@rheobase/network';
import { registry } from '@rheobase/network';
import { burst } from './burst.js';
import { compensatingIntegrateAndFire } from './compensating-integrate-and-fire.js';
import { integrateAndFireHard } from './integrate-and-fire-hard.js';
import { integrateAndFireShift } from './integrate-and-fire-shift.js';
import { integrateAndFire } from './integrate-and-fire.js';
import { leakyIntegrateAndFire } from './leaky-integrate-and-fire.js';
import type { Neuron } from './neuron.js';
import { signedIntegrateAndFire } from './signed-integrate-and-fire.js';

/** The neuron models of this package by kind; `defaultNeurons.with([mine.kind, mine])` has one more. */
export const defaultNeurons: Registry<Neuron> = registry(
  'neuron',
  [
    integrateAndFire,
    integrateAndFireShift,
    integrateAndFireHard,
    leakyIntegrateAndFire,
    signedIntegrateAndFire,
    compensatingIntegrateAndFire,
    burst,
  ].map((neuron) => [neuron.kind, neuron]),
);
