import type { ConformanceCheck, TestFramework } from '@rheobase/network/conformance';
import { layOut, modelChecks } from '@rheobase/network/conformance';
import type { GoldenTrace } from './conformance/golden-trace.js';
import { gradientChecks } from './conformance/gradient-checks.js';
import { rateChecks } from './conformance/rate-checks.js';
import { stepChecks } from './conformance/step-checks.js';
import { checksOf } from './conformance/surrogate-checks.js';
import { goldenChecks, traceChecks } from './conformance/trace-checks.js';
import type { Neuron } from './neuron.js';
import type { Surrogate } from './surrogate.js';

export type { ConformanceCheck, TestFramework } from '@rheobase/network/conformance';
export type { GoldenFile, GoldenTrace } from './conformance/golden-trace.js';

/**
 * The checks of every neuron model, for a framework without `describe` and `it`.
 *
 * @param traces golden traces that it must give to the last bit
 */
export function neuronChecks(neuron: Neuron, traces: readonly GoldenTrace[] = []): readonly ConformanceCheck[] {
  return [
    ...modelChecks('neuron', neuron),
    ...stepChecks(neuron),
    ...traceChecks(neuron),
    ...gradientChecks(neuron),
    ...rateChecks(neuron),
    ...goldenChecks(neuron, traces),
  ];
}

/**
 * Tests a neuron model against its contract, on the tfjs backend that is active when the tests run:
 *
 *     import { describe, it } from 'vitest';
 *     import { neuronConformance } from '@rheobase/neurons/conformance';
 *     neuronConformance(myNeuron, { describe, it });
 *
 * @param traces golden traces that it must give to the last bit
 */
export function neuronConformance(neuron: Neuron, framework: TestFramework, traces: readonly GoldenTrace[] = []): void {
  layOut(`neuron '${neuron.kind}'`, neuronChecks(neuron, traces), framework);
}

/** The checks of every surrogate gradient, for a framework without `describe` and `it`. */
export function surrogateChecks(surrogate: Surrogate): readonly ConformanceCheck[] {
  return checksOf(surrogate);
}

/** Tests a surrogate gradient against its contract, on the tfjs backend that is active when the tests run. */
export function surrogateConformance(surrogate: Surrogate, framework: TestFramework): void {
  layOut(`surrogate '${surrogate.name}'`, surrogateChecks(surrogate), framework);
}
