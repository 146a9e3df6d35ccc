import type { Option } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { clipSites } from './activation-sites.js';
import { resnet20 } from './cifar-resnet.js';
import { widths } from './options.js';
import { vgg11 } from './vgg.js';

const accepted = (option: Option<unknown>, values: readonly unknown[]) =>
  values.filter((value) => option.accepts(value));

describe('the kinds of options', () => {
  it('take lists of the right length', () => {
    expect(accepted(widths('', [1], 2), [[1, 2], [1], [1, 0], [1, 2, 3], 1])).toEqual([[1, 2]]);
    expect(accepted(widths('', [1]), [[], [1], [1, 2, 3]])).toEqual([[1], [1, 2, 3]]);
  });
});

describe('the options of a model', () => {
  it('refuse what they do not know and name the nearest', () => {
    // @ts-expect-error: the compiler refuses it too
    expect(() => resnet20({ shortcuts: 'A' })).toThrow(
      "resnet20: There is no option 'shortcuts'. Did you mean 'shortcut'?",
    );
  });

  it('say what an option takes', () => {
    // @ts-expect-error: the compiler refuses it too
    expect(() => resnet20({ shortcut: 'C' })).toThrow(`resnet20: its option 'shortcut' must be 'A' or 'B', not "C".`);
    expect(() => vgg11({ widths: [1, 2] })).toThrow(
      "vgg11: its option 'widths' must be a list of 5 integers, each 1 or more, not [1, 2].",
    );
  });

  it('put a trainable clip at every site, each with its own θ', () => {
    const { nodes, parameters } = resnet20({ width: 4, activation: clipSites(5) });
    const sites = nodes.filter(({ op }) => op === 'activation');
    const thresholds = sites.map(({ name }) => parameters.get(`${name}.threshold`));
    expect(thresholds.map((parameter) => parameter?.data[0])).toEqual(sites.map(() => 5));
    expect(new Set(thresholds.map((parameter) => parameter?.data)).size).toBe(19);
  });

  it('refuse a clip without a positive threshold', () => {
    expect(() => clipSites(0)).toThrow('The threshold of a clip must be a positive number, not 0.');
  });
});
