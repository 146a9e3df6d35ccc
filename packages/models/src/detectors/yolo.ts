import { evenPadding, integer } from '@rheobase/network';
import { leakySites } from '../activation-sites.js';
import { poolingOption } from '../layers.js';
import { anchorSizes, traceless, widths } from '../options.js';
import { basicStages, projection } from '../residual-block.js';
import type { DetectorFunction } from './detector-family.js';
import { detectorFamily } from './detector-family.js';
import { anchorsOf } from './head-spec.js';
import { darknetLayer, halvingPool, headConvolution } from './yolo-layers.js';

const pooling = poolingOption(
  'the pooling between two stages: max as in Darknet, or average, which is cheaper in spiking networks',
  'average',
);
/** The backbone is torchvision's, whose stem takes the maximum. */
const stemPooling = poolingOption(
  'the pooling of the stem: max as in torchvision, or average, which is cheaper in spiking networks',
  'max',
);
const anchorSummary = 'prior boxes, in pixels of the input';
const standard = { classes: 20, inputShape: [416, 416, 3], activation: leakySites(0.1) } as const;
const common = {
  normalization: 'unit',
  imageFit: { shape: 'letterbox', filter: 'bilinear' },
  standard,
} as const;

const redmon2017 = 'Redmon and Farhadi, arXiv 1612.08242 (YOLOv2)';
const redmon2018 = 'Redmon and Farhadi, arXiv 1804.02767 (YOLOv3)';

/** Channels of a YOLO map: four for the box, one for objectness and the classes, for each anchor. */
function mapChannels(anchors: readonly unknown[], classes: number): number {
  return anchors.length * (5 + classes);
}

const tinyV2Options = {
  pooling,
  widths: widths(
    'channels of the eight layers, the last two after all poolings',
    [16, 32, 64, 128, 256, 512, 1024, 1024],
    8,
  ),
  // Of tiny-yolo-voc, there in cells of 32 pixels.
  anchors: anchorSizes(
    anchorSummary,
    [1.08, 1.19, 3.42, 4.41, 6.63, 11.38, 9.42, 5.11, 16.62, 10.52].map((cells) => cells * 32),
  ),
};

const tinyV2 = detectorFamily({
  ...common,
  name: 'tiny-yolov2',
  summary: 'Tiny-YOLO v2: eight 3×3 convolutions, one map of stride 32, five anchors',
  source: redmon2017,
  head: 'yolo-v2',
  options: tinyV2Options,
  construct: (network, input, options) => {
    let at = input;
    for (const [layer, filters] of options.widths.entries()) {
      const name = `layer${layer + 1}`;
      at = darknetLayer(network, name, at, filters, 3);
      if (layer < 6) at = halvingPool(network, `${name}.pool`, at, options.pooling, layer < 5 ? 2 : 1);
    }
    const anchors = anchorsOf(options.anchors);
    return [{ at: headConvolution(network, 'head', at, mapChannels(anchors, options.classes)), anchors }];
  },
});

const tinyV3Options = {
  pooling,
  widths: widths('channels of the first seven layers', [16, 32, 64, 128, 256, 512, 1024], 7),
  anchors: anchorSizes(
    `${anchorSummary}; the first half for the finer map`,
    [10, 14, 23, 27, 37, 58, 81, 82, 135, 169, 344, 319],
  ),
};

const tinyV3 = detectorFamily({
  ...common,
  standard: { ...standard, classes: 80 },
  name: 'tiny-yolov3',
  summary: 'Tiny-YOLO v3: maps of stride 32 and 16, the finer one from upsampled channels joined with earlier ones',
  source: redmon2018,
  head: 'yolo-v3',
  options: tinyV3Options,
  construct: (network, input, options) => {
    let at = input;
    let route = input;
    for (const [layer, filters] of options.widths.entries()) {
      const name = `layer${layer + 1}`;
      at = darknetLayer(network, name, at, filters, 3);
      if (layer === 4) route = at;
      if (layer < 6) at = halvingPool(network, `${name}.pool`, at, options.pooling, layer < 5 ? 2 : 1);
    }
    const [, , channels] = network.imageAt(at);
    const narrow = darknetLayer(network, 'layer8', at, Math.max(1, Math.floor(channels / 4)), 1);
    const coarse = darknetLayer(network, 'coarse', narrow, Math.max(1, Math.floor(channels / 2)), 3);
    const thin = darknetLayer(network, 'bridge', narrow, Math.max(1, Math.floor(channels / 8)), 1);
    const joined = network.concat('concat', [network.upsample('upsample', thin, 2), route]);
    const fine = darknetLayer(network, 'fine', joined, Math.max(1, Math.floor(channels / 4)), 3);
    const anchors = anchorsOf(options.anchors);
    const half = Math.ceil(anchors.length / 2);
    return [
      { at: coarse, name: 'head1', own: anchors.slice(half) },
      { at: fine, name: 'head2', own: anchors.slice(0, half) },
    ].map(({ at: map, name, own }) => ({
      at: headConvolution(network, name, map, mapChannels(own, options.classes)),
      anchors: own,
    }));
  },
});

const resNetOptions = {
  width: integer('channels of the first stage; each later stage has twice as many as the one before', 64),
  pooling: stemPooling,
  // Of yolov2-voc, there in cells of 32 pixels.
  anchors: anchorSizes(
    anchorSummary,
    [1.3221, 1.73145, 3.19275, 4.00944, 5.05587, 8.09892, 9.47112, 4.84053, 11.2364, 10.0071].map(
      (cells) => cells * 32,
    ),
  ),
};

/** Blocks in each of the four stages of a ResNet-34. */
const stages = [3, 4, 6, 3];

const resNet = detectorFamily({
  ...common,
  name: 'yolov2-resnet34',
  summary: 'YOLOv2 with a ResNet-34 for backbone: one map of stride 32, the stage before joined to it',
  source: `${redmon2017}; He, Zhang, Ren and Sun, arXiv 1512.03385`,
  head: 'yolo-v2',
  options: resNetOptions,
  construct: (network, input, { width, pooling: stem, anchors: sizes, classes }) => {
    const conv = network.convolution('conv1', input, { filters: width, kernel: 7, stride: 2, padding: evenPadding(3) });
    const active = network.activation('relu1', network.batchNorm('bn1', conv));
    const pooled = network.pool('pool1', active, { pooling: stem, size: 3, stride: 2, padding: evenPadding(1) });
    const ends = basicStages(network, pooled, stages, { filters: width, shortcut: projection('downsample') });
    const [before, last] = [ends[2] ?? pooled, ends[3] ?? pooled];
    // YOLOv2's passthrough concatenates 2×2 pixels and mixes them by a 1×1 convolution: together a 2×2 convolution of stride 2.
    const passed = network.convolution('passthrough.conv', before, { filters: 4 * width, kernel: 2, stride: 2 });
    const fine = network.activation('passthrough.leaky', network.batchNorm('passthrough.bn', passed));
    const deep = darknetLayer(network, 'neck1', last, 8 * width, 3);
    const joined = darknetLayer(network, 'neck2', network.concat('concat', [fine, deep]), 8 * width, 3);
    const anchors = anchorsOf(sizes);
    return [{ at: headConvolution(network, 'head', joined, mapChannels(anchors, classes)), anchors }];
  },
});

const smallOptions = {
  pooling,
  widths: widths('channels of each layer', [16, 32, 64, 64, 64]),
  poolings: traceless(
    integer('how many of the first layers are followed by a pooling; the map’s stride is 2 to this power', 3),
  ),
  anchors: anchorSizes(anchorSummary, [14, 14, 26, 26, 42, 42]),
};

const small = detectorFamily({
  ...common,
  standard: { ...standard, classes: 5, inputShape: [96, 96, 3] },
  name: 'yolo-small',
  summary: 'A Tiny-YOLO v2 of any size: 3×3 convolutions, some followed by a pooling, one map',
  source: `made for this project, after ${redmon2017}`,
  head: 'yolo-v2',
  options: smallOptions,
  construct: (network, input, options) => {
    let at = input;
    for (const [layer, filters] of options.widths.entries()) {
      const name = `layer${layer + 1}`;
      at = darknetLayer(network, name, at, filters, 3);
      if (layer < options.poolings) at = halvingPool(network, `${name}.pool`, at, options.pooling);
    }
    const anchors = anchorsOf(options.anchors);
    return [{ at: headConvolution(network, 'head', at, mapChannels(anchors, options.classes)), anchors }];
  },
});

export const yoloFamilies = { tinyV2, tinyV3, resNet, small } as const;

/** Tiny-YOLO v2: `[416, 416, 3]` → `[13, 13, 5·(5 + classes)]`. */
export const tinyYoloV2: DetectorFunction<typeof tinyV2Options> = tinyV2.build;
/** Tiny-YOLO v3: `[416, 416, 3]` → `[13, 13, 3·(5 + classes)]` and `[26, 26, 3·(5 + classes)]`. */
export const tinyYoloV3: DetectorFunction<typeof tinyV3Options> = tinyV3.build;
/** YOLOv2 with a ResNet-34 for backbone: `[416, 416, 3]` → `[13, 13, 5·(5 + classes)]`. */
export const yoloV2ResNet34: DetectorFunction<typeof resNetOptions> = resNet.build;
/** A Tiny-YOLO v2 of any size, by default for the set `scenes`: `[96, 96, 3]` → `[12, 12, 3·(5 + classes)]`. */
export const yoloSmall: DetectorFunction<typeof smallOptions> = small.build;
