import { evenPadding } from '@rheobase/network';
import type { Layers } from '../layers.js';
import { poolingOption } from '../layers.js';
import { cocoClassNames } from './coco-class-names.js';
import type { DetectorFunction } from './detector-family.js';
import { detectorFamily } from './detector-family.js';
import { shuffleNetV2 } from './shufflenet-v2.js';

const options = {
  pooling: poolingOption('the pooling of the stem: the published weights need max', 'max'),
};

/** Convolution, batch norm and activation, with indices as PyTorch's `Sequential` counts them from `first` on. */
function step(
  network: Layers,
  path: string,
  first: number,
  input: string,
  convolution: { readonly filters: number; readonly kernel: number; readonly groups?: number },
): string {
  const padding = evenPadding((convolution.kernel - 1) / 2);
  const conv = network.convolution(`${path}.${first}`, input, { ...convolution, padding });
  return network.activation(`${path}.${first + 2}`, network.batchNorm(`${path}.${first + 1}`, conv));
}

/** A sequence of depthwise 5×5 steps. */
function depthwise(network: Layers, path: string, input: string, steps: number): string {
  const filters = network.imageAt(input)[2];
  let at = input;
  for (let k = 0; k < steps; k += 1) at = step(network, path, 3 * k, at, { filters, kernel: 5, groups: filters });
  return at;
}

/** One, two and three depthwise steps side by side, joined by a 1×1 convolution, the input added. */
function spatialPyramid(network: Layers, input: string, filters: number): string {
  const at = step(network, 'SPP.Conv1x1.conv1x1', 0, input, { filters, kernel: 1 });
  const branches = [1, 2, 3].map((steps) => depthwise(network, `SPP.S${steps}`, at, steps));
  const joined = network.convolution('SPP.output.0', network.concat('SPP.concat', branches), { filters, kernel: 1 });
  return network.activation('SPP.relu', network.add('SPP.add', [at, network.batchNorm('SPP.output.1', joined)]));
}

function branch(network: Layers, name: string, input: string, filters: number): string {
  const path = `detect_head.${name}_layers.conv5x5`;
  const at = depthwise(network, path, input, 1);
  return network.batchNorm(`${path}.4`, network.convolution(`${path}.3`, at, { filters, kernel: 1 }));
}

export const fastestDetFamily = detectorFamily({
  name: 'fastestdet',
  summary: 'FastestDet: a ShuffleNetV2 of 24-48-96-192 channels, one map of stride 16, no anchors; 240,000 parameters',
  source: 'dog-qiuqiu/FastestDet; Ma, Zhang, Zheng and Sun, arXiv 1807.11164 (ShuffleNetV2)',
  normalization: 'unit-bgr',
  imageFit: { shape: 'stretch', filter: 'sampled' },
  classNames: cocoClassNames,
  head: 'fastestdet',
  standard: { classes: 80, inputShape: [352, 352, 3] },
  options,
  construct: (network, input, { classes, pooling }) => {
    const [fine, middle, coarse] = shuffleNetV2(network, 'backbone', input, {
      stem: 24,
      stages: [
        { filters: 48, blocks: 4 },
        { filters: 96, blocks: 8 },
        { filters: 192, blocks: 4 },
      ],
      pooling,
    });
    const shrunk = network.pool('avg_pool', fine, { pooling: 'average', size: 3, stride: 2, padding: evenPadding(1) });
    const joined = network.concat('concat', [shrunk, middle, network.upsample('upsample', coarse, 2)]);
    const pyramid = spatialPyramid(network, joined, 96);
    const at = step(network, 'detect_head.conv1x1.conv1x1', 0, pyramid, { filters: 96, kernel: 1 });
    const maps = [branch(network, 'obj', at, 1), branch(network, 'reg', at, 4), branch(network, 'cls', at, classes)];
    return [{ at: network.concat('detect_head.concat', maps), anchors: [] }];
  },
});

/** FastestDet: `[352, 352, 3]`, blue before red → `[22, 22, 1 + 4 + classes]`: objectness, box, classes, all before their sigmoids. */
export const fastestDet: DetectorFunction<typeof options> = fastestDetFamily.build;
