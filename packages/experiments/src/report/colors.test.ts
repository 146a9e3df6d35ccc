import { describe, expect, it } from 'vitest';
import { shades } from './colors.js';

/** Of a color, as WCAG defines it. */
function luminance(color: string): number {
  const channels = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255);
  const [red = 0, green = 0, blue = 0] = channels.map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

describe('the colors of pictures', () => {
  it.each(['light', 'dark'] as const)('can be told from their ground, %s: text 4.5 to 1, marks 3 to 1', (mode) => {
    const ground = shades.ground[mode];
    for (const shade of shades.text) expect(contrast(shade[mode], ground), shade[mode]).toBeGreaterThanOrEqual(4.5);
    for (const shade of shades.marks) expect(contrast(shade[mode], ground), shade[mode]).toBeGreaterThanOrEqual(3);
  });
});
