import { startTensorBackend } from '@rheobase/execution';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CalibrationMethod } from './calibration-method.js';
import { calibrationMethodChecks, calibrationMethodConformance } from './conformance.js';
import { defaultCalibrationMethods } from './default-calibration-methods.js';
import { initialPotentials } from './initial-potentials.js';
import { layerwiseBptt } from './layerwise-bptt.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels({ deterministic: true });
});

const quick = (name: string): CalibrationMethod =>
  name === 'layerwise-bptt' ? layerwiseBptt({ epochs: 4, learningRate: 1e-3 }) : defaultCalibrationMethods.get(name);

for (const name of defaultCalibrationMethods.names) calibrationMethodConformance(quick(name), { describe, it });
calibrationMethodConformance(layerwiseBptt({ epochs: 2, readOut: 'calibrated' }), { describe, it });

/** What the suite finds wrong with a method. */
async function faults(method: CalibrationMethod): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { name, run } of calibrationMethodChecks(method)) {
    await run().catch(() => found.push(name));
  }
  return found;
}

describe('the suite', () => {
  const sound = initialPotentials();

  it('finds a method that changes what must stay', async () => {
    const method: CalibrationMethod = {
      ...sound,
      calibrateSite: async (task) => {
        const outcome = await sound.calibrateSite(task);
        if (outcome === undefined) return undefined;
        const parameters = new Map(
          [...outcome.network.parameters].map(([name, parameter]) => [name, doubled(parameter)]),
        );
        return { ...outcome, network: { ...outcome.network, parameters } };
      },
    };
    expect(await faults(method)).toEqual([expect.stringContaining('shortcut weights')]);
  });

  it('finds a method that is not deterministic, and one that claims to keep the best without a loss', async () => {
    let calls = 0;
    const method: CalibrationMethod = {
      ...sound,
      keepsBest: true,
      calibrateSite: async (task) => {
        const outcome = await sound.calibrateSite(task);
        if (outcome === undefined) return undefined;
        calls++;
        const parameters = new Map(outcome.network.parameters);
        const bias = parameters.get('conv1.bias');
        if (bias?.type === 'float32') parameters.set('conv1.bias', { ...bias, data: bias.data.map((x) => x + calls) });
        return { ...outcome, network: { ...outcome.network, parameters } };
      },
    };
    expect(await faults(method)).toEqual([
      expect.stringContaining('same bytes'),
      expect.stringContaining('never raises'),
    ]);
  });
});

function doubled<Value extends { readonly type: string; readonly data: ArrayLike<number> }>(parameter: Value): Value {
  return parameter.type === 'float32'
    ? { ...parameter, data: Float32Array.from(parameter.data, (x) => 2 * x) }
    : parameter;
}
