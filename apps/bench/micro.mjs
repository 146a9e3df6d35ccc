import '@tensorflow/tfjs-backend-wasm';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import * as tf from '@tensorflow/tfjs-core';
await tf.setBackend('wasm'); await registerTrainingKernels();
const layers = {
 s1: [32,16,16,3,1], d1: [32,16,32,3,2], s2: [16,32,32,3,1], d2: [16,32,64,3,2], s3: [8,64,64,3,1], p1:[32,16,32,1,2], k5:[16,32,32,5,1], w: [16,256,256,3,1],
};
const N = +(process.env.N ?? 64), rounds = +(process.env.R ?? 5), dens = (process.env.D ?? '0.17').split(',').map(Number);
const names = (process.env.L ?? 's1,d1,s2,d2,s3').split(',');
const cpu = () => { const u = process.cpuUsage(); return (u.user + u.system) / 1000; };
for (const name of names) for (const density of dens) {
  const [s, c, f, k, st] = layers[name];
  const n = Math.max(1, Math.round(N * (name === 'w' ? 1/16 : 1)));
  const o = Math.ceil(s / st), p = (k - 1) >> 1;
  const x = tf.tidy(() => tf.mul(tf.cast(tf.less(tf.randomUniform([n, s, s, c], 0, 1, 'float32', 5), density), 'float32'), 0.7));
  const w = tf.randomNormal([k, k, c, f]), dy = tf.randomNormal([n, o, o, f]), bias = tf.randomNormal([f]);
  const pad = [[0,0],[p, p],[p, p],[0,0]];
  const attrs = { strides: [st, st], dilations: [1, 1], pad, dataFormat: 'NHWC', groups: 1, densest: 1, inputShape: x.shape, filterShape: w.shape };
  const calls = {
    fd: ['FusedConv2D', { x, filter: w, bias }], fs: ['RheobaseSparseConv2D', { x, filter: w, bias }],
    gd: ['Conv2DBackpropFilter', { x, dy }], gs: ['RheobaseSparseConv2DBackpropFilter', { x, dy }],
    id: ['Conv2DBackpropInput', { dy, filter: w }],
  };
  const best = {};
  for (let r = 0; r <= rounds; r++) for (const [key, [kernel, inputs]] of Object.entries(calls)) {
    const t = cpu();
    tf.engine().runKernel(kernel, inputs, attrs).dispose();
    const d = cpu() - t;
    if (r > 0) best[key] = Math.min(best[key] ?? 1e9, d);
  }
  const gf = 2 * n * o * o * k * k * c * f / 1e6;
  console.log(name, density, Object.entries(best).map(([key, ms]) => `${key} ${ms.toFixed(1)}ms ${(gf / ms).toFixed(0)}GF`).join('  '), ` f× ${(best.fd / best.fs).toFixed(2)} g× ${(best.gd / best.gs).toFixed(2)}`);
  for (const t of [x, w, dy, bias]) t.dispose();
}
