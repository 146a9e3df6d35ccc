import type { Registry } from '@rheobase/network';
import { registry } from '@rheobase/network';
import { arctanSurrogate } from './arctan-surrogate.js';
import { fastSigmoidSurrogate } from './fast-sigmoid-surrogate.js';
import { rectangleSurrogate } from './rectangle-surrogate.js';
import { sigmoidSurrogate } from './sigmoid-surrogate.js';
import type { Surrogate } from './surrogate.js';
import { tanhSurrogate } from './tanh-surrogate.js';
import { triangleSurrogate } from './triangle-surrogate.js';

/** The surrogate gradients of this package by name. */
export const defaultSurrogates: Registry<Surrogate> = registry(
  'surrogate',
  [tanhSurrogate, sigmoidSurrogate, triangleSurrogate, rectangleSurrogate, arctanSurrogate, fastSigmoidSurrogate].map(
    (surrogate) => [surrogate.name, surrogate],
  ),
);
