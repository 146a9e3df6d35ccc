import type { ConformanceCheck, TestFramework } from '@rheobase/network/conformance';
import { layOut, modelChecks } from '@rheobase/network/conformance';
import type { Activation } from './activation.js';
import { broadcastChecks } from './conformance/broadcast-checks.js';
import { forwardChecks } from './conformance/forward-checks.js';
import { gradientChecks } from './conformance/gradient-checks.js';
import { hygieneChecks } from './conformance/hygiene-checks.js';
import { trainingChecks } from './conformance/training-checks.js';

export type { ConformanceCheck, TestFramework } from '@rheobase/network/conformance';

/** The checks that every activation must pass, for a framework without `describe` and `it`. */
export function activationChecks(activation: Activation): readonly ConformanceCheck[] {
  return [
    ...modelChecks('activation', activation),
    ...forwardChecks(activation),
    ...broadcastChecks(activation),
    ...gradientChecks(activation),
    ...trainingChecks(activation),
    ...hygieneChecks(activation),
  ];
}

/**
 * Holds an activation to its contract, on tfjs' current backend when the tests run:
 *
 *     import { describe, it } from 'vitest';
 *     import { activationConformance } from '@rheobase/activations/conformance';
 *     activationConformance(myActivation, { describe, it });
 */
export function activationConformance(activation: Activation, framework: TestFramework): void {
  layOut(`activation '${activation.kind}'`, activationChecks(activation), framework);
}
