import { startTensorBackend } from '@rheobase/execution';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { beforeAll, describe, expect, it } from 'vitest';
import { conversionMethodChecks, conversionMethodConformance } from './conformance.js';
import type { ConversionMethod, GivenOptions } from './conversion-method.js';
import { defaultMethods } from './default-methods.js';
import { qcfs } from './qcfs.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels({ deterministic: true });
});

const quick: Readonly<Record<string, GivenOptions>> = {
  'two-stage': { epochs: 2, batchSize: 6 },
  'snn-calibration-advanced': { weightEpochs: 2 },
  srp: { calibrationSteps: 2 },
  cos: { calibrationSteps: 2 },
};

for (const name of defaultMethods.names) {
  conversionMethodConformance(defaultMethods.get(name), { describe, it }, quick[name] ?? {});
}

describe('with other options', () => {
  conversionMethodConformance(defaultMethods.get('threshold-balancing'), { describe, it }, { shift: 'half-step' });
  conversionMethodConformance(
    defaultMethods.get('cos'),
    { describe, it },
    { order: 'layer-by-layer', calibrationSteps: 2 },
  );
  conversionMethodConformance(defaultMethods.get('cos'), { describe, it }, { rounds: 2, calibrationSteps: 3 });
});

/** What the suite finds wrong with a method. */
async function faults(method: ConversionMethod): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { name, run } of conversionMethodChecks(method)) await run().catch(() => found.push(name));
  return found;
}

describe('the suite', () => {
  it('finds nothing wrong with what is right', async () => {
    expect(await faults(qcfs)).toEqual([]);
  });

  it('finds steps that are not counted, and answers that come too early', async () => {
    const boasting: ConversionMethod = {
      ...qcfs,
      convert: async (task, options) => {
        const converted = await qcfs.convert(task, options);
        const { procedure } = converted;
        return {
          ...converted,
          procedure: {
            ...procedure,
            stepsBefore: 2,
            simulate: async (simulator, batch, given) => {
              await simulator.simulate(batch, { steps: 2 });
              return procedure.simulate(simulator, batch, given);
            },
          },
        };
      },
    };
    expect(await faults(boasting)).toContain('answers from the first step after those before on, and not earlier');
  });

  it('finds a method that depends on T and does not say so, and one that leaves a site analog', async () => {
    const silent: ConversionMethod = { ...defaultMethods.get('snn-calibration-light'), dependsOnSteps: () => false };
    expect(await faults(silent)).toContain('gives one network for every T, where it says that T does not matter');
    const lazy: ConversionMethod = {
      ...qcfs,
      convert: async (task, options) => ({ ...(await qcfs.convert(task, options)), network: task.network }),
    };
    expect(await faults(lazy)).toContain('gives a well-formed spiking network with a neuron at every site');
  });
});
