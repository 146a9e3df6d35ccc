import type { Loss } from '@rheobase/training';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import { customGrad, mul, scalar, tensor } from '@tensorflow/tfjs-core';
import { type Detector, mapValues, splitMaps } from '../detector.js';
import { isTrainable, type LossWeights } from '../heads/detection-head.js';
import { decodeTargets } from './targets.js';

/**
 * The loss of a detector with joined outputs, for `fit`: the mean over the images of its head's loss. The head works in plain memory and gives
 * its gradient itself, so that nothing of it has to be differentiable by the tensor library.
 *
 * @param detector of the network before its outputs were joined
 * @param weights of the parts; default: the head's own
 */
export function detectionLoss(detector: Detector, given?: LossWeights): Loss {
  const { head, spec } = detector;
  if (!isTrainable(head)) {
    throw new Error(`A detector with the head '${head.kind}' cannot be trained: the head has no loss.`);
  }
  const weights = given ?? head.weights;
  const size = mapValues(detector);
  return {
    description: { kind: 'detection', head: head.kind, ...weights },
    evaluate: (logits, { targets }) => {
      const [count = 0, width = 0] = logits.shape;
      if (width !== size) {
        throw new Error(
          `The outputs of the detector have ${size} values an image, but ${width} were given; join them with joinOutputs.`,
        );
      }
      if (targets === undefined)
        throw new Error('A detector learns from boxes: the training source must give targets.');
      const numbers = targets.dataSync<'float32'>();
      const perImage = numbers.length / count;
      const loss = customGrad((given) => {
        const values = (given as Tensor).dataSync<'float32'>();
        const gradient = new Float32Array(values.length);
        let sum = 0;
        for (let image = 0; image < count; image += 1) {
          const maps = splitMaps(detector, values.subarray(image * size, (image + 1) * size));
          const objects = decodeTargets(numbers.subarray(image * perImage, (image + 1) * perImage));
          const own = head.loss(maps, objects, spec, weights);
          sum += own.value;
          let at = image * size;
          for (const part of own.gradients) {
            gradient.set(
              part.map((slope) => slope / count),
              at,
            );
            at += part.length;
          }
        }
        return {
          value: scalar(sum / count),
          gradFunc: (dy: Tensor) => mul(tensor(gradient, [count, size]), dy),
        };
      });
      return loss(logits) as Scalar;
    },
  };
}
