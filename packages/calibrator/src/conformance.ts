import type { ConformanceCheck, TestFramework } from '@rheobase/network/conformance';
import { assertThat, layOut } from '@rheobase/network/conformance';
import { encodeNetwork, parameterOf, validateNetwork } from '@rheobase/network';
import { memory } from '@tensorflow/tfjs-core';
import { calibrate } from './calibrate.js';
import type { Calibration, CalibrationOptions, CalibrationTask } from './calibration.js';
import type { CalibrationMethod } from './calibration-method.js';
import { exampleTask, fixedParameters } from './conformance/example-task.js';

export type { TestFramework } from '@rheobase/network/conformance';

/** One sentence of the contract, and what rejects where it does not hold. */
export interface CalibrationCheck extends Pick<ConformanceCheck, 'name'> {
  readonly run: () => Promise<void>;
}

/** The checks that every calibration method must pass, for a framework without `describe` and `it`. */
export function calibrationMethodChecks(method: CalibrationMethod): readonly CalibrationCheck[] {
  const run = (task: CalibrationTask, options: Partial<CalibrationOptions> = {}): Promise<Calibration> =>
    calibrate(task, method, { seed: 5, ...options });
  const bytesOf = ({ network }: Pick<Calibration, 'network'>): string => `${encodeNetwork(network)}`;

  return [
    {
      name: 'has a name, a summary and a description that names it',
      run: async () => {
        assertThat(method.name.length > 0 && method.summary.length > 0, () => 'Its name or summary is empty.');
        const { name } = method.description;
        assertThat(name === method.name, () => `Its description has the name '${String(name)}', not '${method.name}'.`);
      },
    },
    {
      name: 'gives a well-formed network with the same sites, thresholds and shortcut weights, and reports every site',
      run: async () => {
        const task = exampleTask();
        const { network, sites, completed } = await run(task);
        const [problem] = validateNetwork(network);
        assertThat(problem === undefined, () => `${problem?.subject}: ${problem?.message}`);
        const names = (nodes: typeof network.nodes): string => nodes.map(({ name, op }) => `${op} ${name}`).join();
        assertThat(names(network.nodes) === names(task.spiking.nodes), () => 'Its network has other nodes.');
        for (const name of fixedParameters) {
          const [is, was] = [parameterOf(network, name).data, parameterOf(task.spiking, name).data];
          assertThat(`${is}` === `${was}`, () => `It has changed '${name}'.`);
        }
        const ends = task.spiking.nodes.filter(
          ({ op }) => op === 'neuron' || (op === 'output' && method.readOut === 'calibrated'),
        );
        assertThat(completed, () => 'It was stopped by nobody, yet is not completed.');
        assertThat(sites.map(({ site }) => site).join() === ends.map(({ name }) => name).join(), () => {
          return `It reports ${sites.map(({ site }) => site).join(', ')}.`;
        });
      },
    },
    {
      name: 'leaves the networks it is given as they are',
      run: async () => {
        const task = exampleTask();
        const before = [bytesOf({ network: task.quantized }), bytesOf({ network: task.spiking })];
        await run(task);
        const after = [bytesOf({ network: task.quantized }), bytesOf({ network: task.spiking })];
        assertThat(before.join() === after.join(), () => 'It has changed a network that it was given.');
      },
    },
    {
      name: 'gives the same bytes for the same seed',
      run: async () => {
        const [one, other] = [await run(exampleTask()), await run(exampleTask())];
        assertThat(bytesOf(one) === bytesOf(other), () => 'Two runs give two networks.');
      },
    },
    {
      name: 'never raises the loss on the held-out images, where it says that it keeps the best',
      run: async () => {
        if (!method.keepsBest) return;
        const { sites } = await run(exampleTask());
        for (const { site, heldOutLoss } of sites) {
          assertThat(heldOutLoss !== undefined && heldOutLoss.after <= heldOutLoss.before, () => {
            return `At '${site}' the loss goes from ${heldOutLoss?.before} to ${heldOutLoss?.after}.`;
          });
        }
      },
    },
    {
      name: 'frees every tensor, also when it is stopped',
      run: async () => {
        const before = memory().numTensors;
        await run(exampleTask());
        const controller = new AbortController();
        const stopped = await run(exampleTask(), {
          signal: controller.signal,
          onProgress: ({ index }) => (index === 1 ? controller.abort() : undefined),
        });
        assertThat(!stopped.completed, () => 'It continues although its signal is aborted.');
        assertThat(memory().numTensors === before, () => `${memory().numTensors - before} tensors are left.`);
      },
    },
    {
      name: 'leaves silent what is silent in both networks',
      run: async () => {
        const task = exampleTask();
        const dark = { ...task.calibration, images: task.calibration.images.map(() => 0) };
        const { sites } = await run({ ...task, calibration: dark, heldOut: dark });
        for (const { site, errorAfter } of sites) {
          assertThat(Number.isFinite(errorAfter), () => `The error of '${site}' is ${errorAfter}.`);
        }
      },
    },
  ];
}

/**
 * Holds a calibration method to its contract, on tfjs' current backend when the tests run; a method with gradients needs
 * `registerTrainingKernels()` before:
 *
 *     import { describe, it } from 'vitest';
 *     import { calibrationMethodConformance } from '@rheobase/calibrator/conformance';
 *     calibrationMethodConformance(myMethod, { describe, it });
 */
export function calibrationMethodConformance(method: CalibrationMethod, framework: TestFramework): void {
  layOut(`calibration method '${method.name}'`, calibrationMethodChecks(method), framework);
}
