// How fast the convolution and product kernels are, in GF/s (a multiply-add is two operations), against tfjs' own:
//
//   node packages/tfjs-wasm-training/bench/kernels.mjs [--json]
//
// Contenders take turns and the fastest round of fifteen counts, so that other work on the machine falls out.
import '@tensorflow/tfjs-backend-wasm';
import { setBackend } from '@tensorflow/tfjs-core';
import { measureKernels } from '../dist/kernel-benchmark.js';

await setBackend('wasm');
const before = process.cpuUsage();
const start = performance.now();
const measurements = await measureKernels();
const { user, system } = process.cpuUsage(before);
const seconds = { wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 };

if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify({ measurements, seconds })}\n`);
} else {
  const number = (value) => (value === undefined ? '–' : value.toFixed(1)).padStart(8);
  process.stdout.write(`${'kernel'.padEnd(36)}${'shape'.padEnd(42)}   stock   plain relaxed\n`);
  for (const { kernel, shape, gigaflops } of measurements) {
    const { stock, plain, relaxed } = gigaflops;
    process.stdout.write(`${kernel.padEnd(36)}${shape.padEnd(42)}${number(stock)}${number(plain)}${number(relaxed)}\n`);
  }
  process.stdout.write(`${seconds.wall.toFixed(0)} s, ${seconds.cpu.toFixed(0)} s of CPU time\n`);
}
