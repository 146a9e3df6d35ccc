// How fast the convolution and product kernels are, in GF/s (a multiply-add is two operations), against tfjs' own:
//
//   node apps/bench/scripts/kernels.mjs [--json]
//
// Contenders take turns; the fastest of up to fifteen rounds counts, so that other work on the machine falls out, and the
// median stands in the JSON beside it.
import { textTable } from '@rheobase/network';
import '@tensorflow/tfjs-backend-wasm';
import { setBackend } from '@tensorflow/tfjs-core';
import { kernelContenders, measureKernels } from '../dist/measure-kernels.js';

await setBackend('wasm');
const before = process.cpuUsage();
const start = performance.now();
const measurements = await measureKernels();
const { user, system } = process.cpuUsage(before);
const seconds = { wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 };

if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify({ measurements, seconds })}\n`);
} else {
  const rows = measurements.map(({ kernel, shape, gigaflops }) => [
    kernel,
    shape,
    ...kernelContenders.map((contender) => gigaflops[contender]?.toFixed(1) ?? ''),
  ]);
  process.stdout.write(`${textTable([['kernel', 'shape', ...kernelContenders], ...rows])}\n`);
  process.stdout.write(`${seconds.wall.toFixed(0)} s, ${seconds.cpu.toFixed(0)} s of CPU time\n`);
}
