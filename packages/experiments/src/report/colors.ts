/** A color on white paper, and what takes its place on a dark screen. */
interface Shade {
  readonly light: string;
  readonly dark: string;
}

/** Text and lines that are not data. */
const inkShade: Shade = { light: '#1d2733', dark: '#e4e9f0' };
const faintShade: Shade = { light: '#5b6775', dark: '#9fabb9' };
const cardShade: Shade = { light: '#ffffff', dark: '#1a212b' };
/** Where there could be data. */
const paperShade: Shade = { light: '#eef1f5', dark: '#2a3340' };

/** Colors of series, distinguishable on screen and in print; after the last one they repeat. */
const seriesShades: readonly Shade[] = [
  { light: '#2f6fb0', dark: '#6aa9ea' },
  { light: '#b87400', dark: '#f0ab3c' },
  { light: '#218a5a', dark: '#55c48f' },
  { light: '#c0392b', dark: '#f07a6d' },
  { light: '#7d4fb0', dark: '#b791e6' },
  { light: '#0f8494', dark: '#4bc5d6' },
  { light: '#8a6d3b', dark: '#c9ab74' },
  { light: '#c24a8d', dark: '#f08fc4' },
  { light: '#6b7a29', dark: '#b3c45c' },
  { light: '#66727f', dark: '#aab5c2' },
];

/** Of an error that comes from other layers. */
const passedOnShade: Shade = { light: '#85909d', dark: '#8592a1' };

export const ink = inkShade.light;
export const faint = faintShade.light;
export const card = cardShade.light;
export const paper = paperShade.light;
export const passedOn = passedOnShade.light;

export function seriesColor(index: number): string {
  return seriesShades[index % seriesShades.length]?.light ?? ink;
}

/** All, by what they are for: for the test of their contrast. */
export const shades = {
  text: [inkShade, faintShade],
  marks: [...seriesShades, passedOnShade],
  ground: cardShade,
} as const;

/**
 * Rules that turn pictures dark which are drawn in these colors: colors of a picture are attributes, which rules of a page take precedence over. A
 * picture by itself, as a file, stays light.
 *
 * @param pictures a selector
 */
export function darkRules(pictures: string): string {
  const all = [inkShade, faintShade, cardShade, paperShade, passedOnShade, ...seriesShades];
  return [
    `${pictures} { fill: ${inkShade.dark}; color: ${inkShade.dark}; }`,
    ...all.flatMap(({ light, dark }) =>
      ['fill', 'stroke'].map((what) => `${pictures} [${what}="${light}"] { ${what}: ${dark}; }`),
    ),
  ].join('\n');
}

/** The colors of a page around its pictures, as custom properties. */
export function pageColors(mode: keyof Shade): string {
  const own = {
    light: {
      line: '#d8dee6',
      ground: '#f4f6f9',
      best: '#eef5fc',
      good: '#1f7a4d',
      bad: '#b03024',
      notice: '#fff7e0',
      edge: '#e6cf8b',
    },
    dark: {
      line: '#364252',
      ground: '#11161d',
      best: '#20344a',
      good: '#5ec796',
      bad: '#f08a7e',
      notice: '#3a3116',
      edge: '#6f5d25',
    },
  }[mode];
  const shared = { ink: inkShade[mode], faint: faintShade[mode], card: cardShade[mode], head: paperShade[mode] };
  return Object.entries({ ...shared, ...own })
    .map(([name, color]) => `--${name}: ${color};`)
    .join(' ');
}
