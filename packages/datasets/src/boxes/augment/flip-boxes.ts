import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { mirror } from '../../augment/horizontal-flip.js';
import { checkProbability } from '../../augment/probability.js';
import type { BoxAugmentation } from '../box-augmentation.js';

/**
 * Exchanges left and right, with a probability (default: 0.5). Draws one number.
 *
 * @throws if the probability is not in 0…1.
 */
export function flipBoxes({ probability = 0.5 }: { readonly probability?: number } = {}): BoxAugmentation {
  checkProbability('flip-boxes', probability);
  return {
    name: 'flip-boxes',
    apply: (example, random) => {
      if (uniformFloat64(random) >= probability) return example;
      const { width } = example.image;
      return {
        image: mirror(example.image),
        objects: example.objects.map((object) => ({
          ...object,
          box: { ...object.box, left: width - object.box.right, right: width - object.box.left },
        })),
      };
    },
  };
}
