import type { OptionValues } from '@rheobase/network';
import { evenPadding, integer } from '@rheobase/network';
import type { Layers } from './layers.js';
import { poolingOption } from './layers.js';
import type { ModelFunction } from './model-family.js';
import { modelFamily } from './model-family.js';
import { widths } from './options.js';

const pooling = poolingOption('the pooling between two stages; average is cheaper in spiking networks', 'average');
const glyphNetOptions = { pooling };
const vggSmallOptions = {
  pooling,
  widths: widths('channels of each stage', [32, 64, 128]),
  convolutions: integer('3×3 convolutions of a stage, each with a batch norm', 2),
};

function construct(
  network: Layers,
  input: string,
  options: OptionValues<typeof vggSmallOptions> & { readonly classes: number },
): string {
  let at = input;
  for (const [stage, filters] of options.widths.entries()) {
    const name = `stage${stage + 1}`;
    if (stage > 0) at = network.pool(`${name}.pool`, at, { pooling: options.pooling, size: 2, stride: 2 });
    for (let layer = 1; layer <= options.convolutions; layer += 1) {
      at = network.convolution(`${name}.conv${layer}`, at, { filters, kernel: 3, padding: evenPadding(1) });
      at = network.activation(`${name}.relu${layer}`, network.batchNorm(`${name}.bn${layer}`, at));
    }
  }
  return network.dense('linear', network.globalAveragePool('avgpool', at), options.classes);
}

const source = 'made for this project, after Simonyan and Zisserman, arXiv 1409.1556';
const standard = { classes: 10, inputShape: [32, 32, 3] } as const;

export const vggSmallFamilies = {
  glyphNet: modelFamily({
    name: 'glyph-net',
    summary:
      'A small network for 32×32 images that trains in a minute: one convolution in each of the stages 16-32-64-64',
    source,
    normalization: 'unit',
    standard,
    options: glyphNetOptions,
    construct: (network, input, options) =>
      construct(network, input, { ...options, widths: [16, 32, 64, 64], convolutions: 1 }),
  }),
  vggSmall: modelFamily({
    name: 'vgg-small',
    summary: 'A VGG of any size: stages of 3×3 convolutions with poolings between them, one dense layer at the end',
    source,
    normalization: 'unit',
    standard,
    options: vggSmallOptions,
    construct,
  }),
} as const;

/** A network of 61,000 parameters for the set `glyphs`: `[32, 32, 3]` → `[10]`. */
export const glyphNet: ModelFunction<typeof glyphNetOptions> = vggSmallFamilies.glyphNet.build;
/** Stages of 3×3 convolutions with batch norms, poolings between them, and one dense layer: `[32, 32, 3]` → `[10]`. */
export const vggSmall: ModelFunction<typeof vggSmallOptions> = vggSmallFamilies.vggSmall.build;
