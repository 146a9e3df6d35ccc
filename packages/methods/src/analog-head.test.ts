import { startTensorBackend, tensorSimulator } from '@rheobase/execution';
import type { Network, NetworkNode } from '@rheobase/network';
import { analogHead, nodeOf } from '@rheobase/network';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { beforeAll, describe, expect, it } from 'vitest';
import { exampleImages, exampleTask } from './conformance/example-task.js';
import { defaultMethods } from './default-methods.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels({ deterministic: true });
});

/** The network with its scores turned into probabilities, which go through an activation. */
function withHead(network: Network): Network {
  const nodes = network.nodes.flatMap((node): readonly NetworkNode[] =>
    node.op === 'output'
      ? [
          { op: 'softmax', name: 'probabilities', inputs: node.inputs, log: false },
          {
            op: 'activation',
            name: 'kept',
            inputs: ['probabilities'],
            activation: { kind: 'relu', parameters: {}, attributes: {} },
          },
          { ...node, inputs: ['kept'] },
        ]
      : [node],
  );
  return { ...network, nodes };
}

const quick: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'two-stage': { epochs: 2, batchSize: 6 },
  'snn-calibration-advanced': { weightEpochs: 2 },
  srp: { calibrationSteps: 2 },
  cos: { calibrationSteps: 2 },
};

describe('a network with an analog head', () => {
  it.each(defaultMethods.names)('is converted by %s, its head computed on mean rates', async (name) => {
    const method = defaultMethods.get(name);
    const task = exampleTask(method.needs.network, 4);
    const { network, procedure } = await method.convert(
      { ...task, network: withHead(task.network) },
      quick[name] ?? {},
    );
    expect([...analogHead(network)]).toEqual(['probabilities', 'kept', 'scores']);
    expect(nodeOf(network, 'kept')).toMatchObject({ op: 'function', function: 'relu' });
    const simulator = tensorSimulator(network);
    try {
      const steps = procedure.stepsBefore + 4;
      const { outputs } = await procedure.simulate(simulator, exampleImages(3, 9), { steps, probes: [] });
      const last = outputs.get('scores')?.data.subarray(-3 * 4) ?? new Float32Array();
      for (let image = 0; image < 3; image += 1) {
        const sum = last.subarray(4 * image, 4 * image + 4).reduce((a, b) => a + b, 0);
        expect(sum).toBeCloseTo(1, 5);
      }
    } finally {
      simulator.dispose();
    }
  });
});
