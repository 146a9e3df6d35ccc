// How long ResNet-20 takes to calibrate, and in how much memory, on random images and weights:
//
//   node apps/bench/scripts/calibration.mjs [T] [images] [held-out images] [epochs]
//
// CPU time is what counts on a shared machine. The accuracy of such a network means nothing; see `rheobase reproduce` for one that does.
import { calibrate, initialPotentials, layerwiseBptt, meanSquaredError } from '@rheobase/calibrator';
import { toQuantClip, toSpiking, foldBatchNorm } from '@rheobase/converter';
import { startTensorBackend } from '@rheobase/execution';
import { resnet20 } from '@rheobase/models';
import { scalarParameter } from '@rheobase/network';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { madeUpImages } from '../dist/made-up-images.js';

const [steps = 4, images = 1024, heldOut = 256, epochs = 1] = process.argv.slice(2).map(Number);

const clip = () => ({ kind: 'clip', parameters: { threshold: scalarParameter('threshold', 2) } });
const quantized = toQuantClip(foldBatchNorm(resnet20({ seed: 1, activation: clip })), { levels: steps });
const all = madeUpImages(images + heldOut, [32, 32, 3]);
const part = (from, until) => ({
  shape: [until - from, 32, 32, 3],
  images: all.images.subarray(3072 * from, 3072 * until),
});
const task = { quantized, steps, calibration: part(0, images), heldOut: part(images, images + heldOut) };
const cpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

await startTensorBackend();
const build = await registerTrainingKernels();
process.stdout.write(`ResNet-20, T = ${steps}, ${images} + ${heldOut} images, ${build} kernels\n`);

let spiking = toSpiking(quantized);
const methods = {
  'initial potentials': initialPotentials(),
  [`BPTT, ${epochs} epochs a layer`]: layerwiseBptt({ loss: meanSquaredError, learningRate: 1e-3, epochs }),
};
for (const [name, method] of Object.entries(methods)) {
  const before = cpuSeconds();
  let cached = 0;
  const onProgress = ({ cachedBytes }) => (cached = Math.max(cached, cachedBytes));
  ({ network: spiking } = await calibrate({ ...task, spiking }, method, { seed: 1, onProgress }));
  const { maxRSS } = process.resourceUsage();
  process.stdout.write(
    `${name}: ${(cpuSeconds() - before).toFixed(0)} s of CPU time; ${(cached / 1e6).toFixed(0)} MB recorded at most; ` +
      `${(maxRSS / 1e3).toFixed(0)} MB of memory at most so far\n`,
  );
}
