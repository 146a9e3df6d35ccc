import type { Option } from '@rheobase/network';
import { choice, evenPadding } from '@rheobase/network';
import type { Layers } from './layers.js';
import type { ModelFunction } from './model-family.js';
import { modelFamily } from './model-family.js';
import { traceless, widths } from './options.js';
import { basicBlock, cifarStem, projection } from './residual-block.js';

const blocks: Option<readonly number[]> = {
  summary: 'residual blocks of two 3×3 convolutions behind the convolution of each layer',
  values: 'a list of three integers, each 0 or more',
  default: [1, 0, 1],
  accepts: (value): value is readonly number[] =>
    Array.isArray(value) && value.length === 3 && value.every((count) => Number.isSafeInteger(count) && count >= 0),
};

const resNet9Options = {
  widths: widths('channels of the stem and of the three layers', [64, 128, 256, 256], 4),
  blocks,
  halving: traceless(
    choice(
      'how a layer halves the image: by the stride of its convolution, or by a pooling behind it, which takes four times as long',
      ['stride', 'average', 'max'],
      'stride',
    ),
  ),
};

/** Small at first, as the logits of such networks are scaled by an eighth: they start close to equal. */
const logitGain = 0.125;

function layer(
  network: Layers,
  name: string,
  input: string,
  { filters, halving }: { readonly filters: number; readonly halving: 'stride' | 'average' | 'max' },
): string {
  const stride = halving === 'stride' ? 2 : 1;
  const conv = network.convolution(`${name}.conv`, input, { filters, kernel: 3, stride, padding: evenPadding(1) });
  const relu = network.activation(`${name}.relu`, network.batchNorm(`${name}.bn`, conv));
  return halving === 'stride' ? relu : network.pool(`${name}.pool`, relu, { pooling: halving, size: 2, stride: 2 });
}

/** The wide, shallow network of speed records on CIFAR-10, in a form that converts: every convolution but the first reads spikes. */
export const resNet9Family = modelFamily({
  name: 'resnet9',
  summary:
    'A wide ResNet-9 for CIFAR that trains in hours: a stem and three layers, 64-128-256-256, two of them with a residual block',
  source: 'after Page, “How to train your ResNet”, 2018 (github.com/davidcpage/cifar10-fast)',
  normalization: 'cifar10',
  standard: { classes: 10, inputShape: [32, 32, 3] },
  options: resNet9Options,
  construct: (network, input, { widths: [stem = 1, ...layers], blocks: counts, halving, classes }) => {
    let at = cifarStem(network, input, stem);
    for (const [index, filters] of layers.entries()) {
      const name = `layer${index + 1}`;
      at = layer(network, name, at, { filters, halving });
      for (let block = 0; block < (counts[index] ?? 0); block += 1) {
        // Its shapes agree, so that its shortcut is the identity.
        at = basicBlock(network, `${name}.${block}`, at, { filters, stride: 1, shortcut: projection('shortcut') });
      }
    }
    return network.dense('linear', network.globalAveragePool('avgpool', at), classes, logitGain);
  },
});

/** A wide ResNet-9 for CIFAR, 2.5 million parameters: `[32, 32, 3]` → `[10]`. */
export const resnet9: ModelFunction<typeof resNet9Options> = resNet9Family.build;
