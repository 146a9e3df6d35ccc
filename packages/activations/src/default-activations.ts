import type { Registry } from '@rheobase/network';
import { registry } from '@rheobase/network';
import type { Activation } from './activation.js';
import { clip } from './clip.js';
import { leakyQuantClip } from './leaky-quant-clip.js';
import { leakyRelu } from './leaky-relu.js';
import { qcfs } from './qcfs.js';
import { quantClip } from './quant-clip.js';
import { relu } from './relu.js';
import { relu6 } from './relu6.js';

/** The activations of this package by kind; `defaultActivations.with([mine.kind, mine])` has one more. */
export const defaultActivations: Registry<Activation> = registry(
  'activation',
  [relu, relu6, leakyRelu, clip, quantClip, leakyQuantClip, qcfs].map((activation) => [activation.kind, activation]),
);
