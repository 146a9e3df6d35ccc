import { startTensorBackend } from '@rheobase/execution';
import type { Network, NetworkNode } from '@rheobase/network';
import { nodeOf } from '@rheobase/network';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { beforeAll, describe, expect, it } from 'vitest';
import { calibrate } from './calibrate.js';
import { defaultCalibrationMethods } from './default-calibration-methods.js';
import { segmentsOf } from './segment.js';
import { residualSites, residualSource, taskOf } from './tiny-networks.fixture.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels({ deterministic: true });
});

/** A network whose scores become probabilities, of which an activation keeps what is above zero. */
function headed(): Network {
  const source = residualSource(4);
  const nodes = source.nodes.flatMap((node): readonly NetworkNode[] =>
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
  return { ...source, nodes };
}

describe('an analog head', () => {
  it('is part of the read-out’s segment, its activations too', () => {
    const segments = segmentsOf(headed());
    expect(segments.map(({ end }) => end)).toEqual([...residualSites, 'scores']);
    expect(segments.at(-1)).toEqual({
      end: 'scores',
      frontier: ['hidden'],
      nodes: ['dense2', 'probabilities', 'kept', 'scores'],
      layer: ['dense2'],
    });
  });

  it.each(defaultCalibrationMethods.names)('stays as it is in calibration by %s', async (name) => {
    const task = taskOf(headed(), 3);
    const { network, sites } = await calibrate(task, defaultCalibrationMethods.get(name), { seed: 1 });
    expect(sites.map(({ site }) => site).filter((site) => site !== 'scores')).toEqual([...residualSites]);
    for (const node of ['probabilities', 'kept']) expect(nodeOf(network, node)).toEqual(nodeOf(task.spiking, node));
  });
});
