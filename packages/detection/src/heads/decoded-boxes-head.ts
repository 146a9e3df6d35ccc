import { checkMaps } from './detection-head.js';
import type { ImportedHead } from './imported-head.js';
import { scoredBoxes, scoredBoxesChannels, scoredBoxesSpec } from './scored-boxes.js';

/** Detectors that decode their boxes themselves, as fractions of the input: left, top, right, bottom. Ultra-Light's RFB-320 is one. */
export const decodedBoxesHead: ImportedHead = {
  kind: 'decoded-boxes',
  summary: 'boxes decoded by the network, as fractions of its input, with the probabilities of background and classes',
  source: 'the convention of SSD (Liu et al., arXiv 1512.02325) exported with its decoding',
  outputs: 'scores [boxes, 1 + classes] and boxes [boxes, 4]',
  specOf: (outputs) => scoredBoxesSpec('decoded-boxes', outputs),
  channels: scoredBoxesChannels,
  decode: (maps, spec, leastScore, { width, height }) => {
    checkMaps(decodedBoxesHead, spec, maps);
    return scoredBoxes(maps, spec, leastScore, ([left = 0, top = 0, right = 0, bottom = 0]) => ({
      left: left * width,
      top: top * height,
      right: right * width,
      bottom: bottom * height,
    }));
  },
};
