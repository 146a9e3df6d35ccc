import type { GradConfig } from '@tensorflow/tfjs-core';
import { getGradient, registerGradient } from '@tensorflow/tfjs-core';
import { arithmeticGradients } from './arithmetic.js';
import { toGradConfig } from './gradient.js';
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
  toGradConfig(productGradients[0]),
  toGradConfig(productGradients[1]),
  toGradConfig(productGradients[2]),
];

/**
 * Registers the gradients that tfjs-core's entry for Node leaves out, for the operations of convolutional networks.
 * A gradient that is registered already (tfjs' bundle for pages registers its own) is left as it is.
 */
export function registerGradients(): void {
  for (const gradient of gradients) {
    if (getGradient(gradient.kernelName) == null) registerGradient(gradient);
  }
}
