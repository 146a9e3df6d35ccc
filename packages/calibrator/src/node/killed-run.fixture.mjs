// A calibration that a test kills and starts again. It prints a dot at every event, and writes the network down when it is done.
// Arguments: the file for the state, that for the network.
import { calibrate, layerwiseBptt, meanSquaredError } from '@rheobase/calibrator';
import { fileCalibrationStore } from '@rheobase/calibrator/node';
import { startTensorBackend } from '@rheobase/execution';
import { evenPadding, float32Parameter, networkBuilder, scalarParameter } from '@rheobase/network';
import { writeNetworkFile } from '@rheobase/network/node';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

const [state, result] = process.argv.slice(2);
const [steps, layers] = [3, 6];

function numbers(length, seed, scale) {
  const random = xoroshiro128plus(seed);
  return Float32Array.from({ length }, () => (random.next() / 2 ** 31) * scale);
}

/** The same convolutions in a row, with activations or with neurons. */
function network(spiking) {
  const build = networkBuilder();
  let at = build.input('x', [4, 4, 3]);
  for (let layer = 0; layer < layers; layer++) {
    const weight = float32Parameter('weight', [3, 3, 3, 3], numbers(81, layer + 1, 0.6));
    at = build.conv2d(`conv${layer}`, at, { weight, padding: evenPadding(1) });
    const threshold = scalarParameter('threshold', 1);
    at = spiking
      ? build.neuron(`site${layer}`, at, {
          kind: 'if',
          parameters: { threshold, initialPotential: scalarParameter('initialPotential', 0.5) },
        })
      : build.activation(`site${layer}`, at, {
          kind: 'quant-clip',
          parameters: { threshold },
          attributes: { levels: steps },
        });
  }
  build.output('y', at);
  return build.build();
}

const images = (count, seed) => ({ shape: [count, 4, 4, 3], images: numbers(count * 48, seed, 1) });

await startTensorBackend();
await registerTrainingKernels({ deterministic: true });
const task = {
  quantized: network(false),
  spiking: network(true),
  steps,
  calibration: images(24, 100),
  heldOut: images(8, 101),
};
const method = layerwiseBptt({ loss: meanSquaredError, learningRate: 1e-3, epochs: 5, batchSize: 8 });
const calibration = await calibrate(task, method, {
  seed: 3,
  store: fileCalibrationStore(state),
  onProgress: () => process.stdout.write('.'),
});
await writeNetworkFile(result, calibration.network);
