import type { GradConfig } from '@tensorflow/tfjs-core';
import { getGradient, registerGradient, unregisterGradient } from '@tensorflow/tfjs-core';
import { activationGradients } from './activations.js';
import { arithmeticGradients } from './arithmetic.js';
import { extremeGradients } from './extremes.js';
import { flatGradients } from './flat.js';
import { functionGradients } from './functions.js';
import { gatheringGradients, unpackGradient } from './gathering.js';
import { toGradConfig } from './gradient.js';
import { imageGradients } from './images.js';
import { layoutGradients, splitGradient } from './layout.js';
import { poolingGradients } from './pooling.js';
import { productGradients } from './products.js';
import { reductionGradients } from './reductions.js';

const gradients: readonly GradConfig[] = [
  ...arithmeticGradients.map(toGradConfig),
  ...reductionGradients.map(toGradConfig),
  ...layoutGradients.map(toGradConfig),
  splitGradient,
  ...poolingGradients.map(toGradConfig),
  toGradConfig(productGradients.matMul),
  ...functionGradients.map(toGradConfig),
  ...activationGradients.map(toGradConfig),
  ...extremeGradients.map(toGradConfig),
  ...gatheringGradients.map(toGradConfig),
  unpackGradient,
  ...imageGradients.map(toGradConfig),
  ...flatGradients.map(toGradConfig),
];

// tfjs' own refuse a dilated convolution.
const convolutionGradients = productGradients.convolutions.map(toGradConfig);

/**
 * Registers the gradients that tfjs-core leaves to others to register, for the operations of ordinary networks. A gradient
 * that is registered already (the package `@tensorflow/tfjs` registers tfjs' own) is left unchanged, except those of
 * convolutions, which are replaced: tfjs' own refuse dilation.
 */
export function registerGradients(): void {
  for (const gradient of gradients) {
    if (getGradient(gradient.kernelName) == null) registerGradient(gradient);
  }
  for (const gradient of convolutionGradients) {
    if (getGradient(gradient.kernelName) != null) unregisterGradient(gradient.kernelName);
    registerGradient(gradient);
  }
}
