import { ownValue } from '@rheobase/network';
import type { Operator, Operators } from '../call.js';
import { activations } from './activations.js';
import { arithmetic } from './arithmetic.js';
import { normalization } from './batch-normalization.js';
import { clip } from './clip.js';
import { constants } from './constants.js';
import { convolutions } from './conv.js';
import { products } from './gemm.js';
import { movement } from './movement.js';
import { pooling } from './pooling.js';
import { resizing } from './resize.js';
import { heads } from './softmax.js';

const operators: Operators = {
  ...activations,
  ...arithmetic,
  ...clip,
  ...constants,
  ...convolutions,
  ...heads,
  ...movement,
  ...normalization,
  ...pooling,
  ...products,
  ...resizing,
};

/** How an operator of ONNX is read; undefined if it is not. */
export const operatorOf = (type: string): Operator | undefined => ownValue(operators, type);

const control = 'it decides while the model runs what is computed; a network computes the same every time';
const recurrent = 'it has a state of its own over a sequence; networks here have no recurrent layers';
const statistics =
  'it divides by the deviation or the norm of the very values that it is given, which is not linear, so that sums of spikes cannot compute it; train the network with batch normalization in its place, which becomes part of the layer before it';
const unread: Readonly<Record<string, string>> = {
  If: control,
  Loop: control,
  Scan: control,
  LSTM: recurrent,
  GRU: recurrent,
  RNN: recurrent,
  GroupNormalization: statistics,
  InstanceNormalization: statistics,
  LayerNormalization: statistics,
  LpNormalization: statistics,
  LRN: statistics,
  MeanVarianceNormalization: statistics,
  RMSNormalization: statistics,
  NonMaxSuppression:
    'how many boxes it gives depends on the image; end the model before it, and suppress boxes afterwards',
  TopK: 'what it gives depends on the order of its values; end the model before it',
};

/** Why an operator that is not read is not. */
export const whyUnread = (type: string): string => ownValue(unread, type) ?? 'this operator is not read';
