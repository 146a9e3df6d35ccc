import { describe, expect, it } from 'vitest';
import { barLine } from './bar-line.js';

const line = {
  label: 'training of the source network',
  done: 2368,
  total: 32_000,
  told: 'images, 55 s left',
  remark: 'loss 2.301, 812/s, held out 9.1 %',
};

describe('the line of a bar', () => {
  it('is whole where the terminal is wide', () => {
    expect(barLine(line, 200)).toBe(
      `training of the source network ██${'░'.repeat(22)} 2368/32000 images, 55 s left loss 2.301, 812/s, held out 9.1 %`,
    );
  });

  it('has a shorter bar and label, and all figures, at 80 columns', () => {
    const narrow = barLine(line, 80);
    expect(narrow).toHaveLength(80);
    expect(narrow).toMatch(/^training.*… ░{4} 2368\/32000 images, 55 s left loss 2\.301, 812\/s, held out 9\.1 %$/);
  });

  it('shortens the bar before the label', () => {
    expect(barLine({ ...line, remark: '' }, 80)).toMatch(
      /^training of the source network █?░+ 2368\/32000 images, 55 s left$/,
    );
  });

  it('is never wider than the terminal', () => {
    for (let width = 1; width < 130; width++) expect(barLine(line, width).length).toBeLessThanOrEqual(width);
  });
});
