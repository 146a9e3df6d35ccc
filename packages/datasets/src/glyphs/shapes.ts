/** Points joined by straight strokes, `x₀, y₀, x₁, y₁, …`, in a box of about −1…1 with y downwards. */
export type Polyline = readonly number[];

/** The ten classes of {@link glyphs}; a label is an index into this list. */
export const glyphClassNames = [
  'ring',
  'arc',
  'cross',
  'tee',
  'triangle',
  'square',
  'star',
  'arrow',
  'ess',
  'zed',
] as const;

export type GlyphClassName = (typeof glyphClassNames)[number];

// Curves are tabulated, for sines and cosines may differ in their last bit from engine to engine.
const outline: Readonly<Record<GlyphClassName, readonly Polyline[]>> = {
  ring: [
    [
      1, 0, 0.924, 0.383, 0.707, 0.707, 0.383, 0.924, 0, 1, -0.383, 0.924, -0.707, 0.707, -0.924, 0.383, -1, 0, -0.924,
      -0.383, -0.707, -0.707, -0.383, -0.924, 0, -1, 0.383, -0.924, 0.707, -0.707, 0.924, -0.383, 1, 0,
    ],
  ],
  arc: [
    [
      0.707, 0.707, 0.383, 0.924, 0, 1, -0.383, 0.924, -0.707, 0.707, -0.924, 0.383, -1, 0, -0.924, -0.383, -0.707,
      -0.707, -0.383, -0.924, 0, -1, 0.383, -0.924, 0.707, -0.707,
    ],
  ],
  cross: [
    [-1, 0, 1, 0],
    [0, -1, 0, 1],
  ],
  tee: [
    [-1, -0.9, 1, -0.9],
    [0, -0.9, 0, 1],
  ],
  triangle: [[0, -1, 0.95, 0.8, -0.95, 0.8, 0, -1]],
  square: [[-0.85, -0.85, 0.85, -0.85, 0.85, 0.85, -0.85, 0.85, -0.85, -0.85]],
  star: [
    [
      0, -1.1, 0.265, -0.364, 1.046, -0.34, 0.428, 0.139, 0.647, 0.89, 0, 0.45, -0.647, 0.89, -0.428, 0.139, -1.046,
      -0.34, -0.265, -0.364, 0, -1.1,
    ],
  ],
  arrow: [
    [-1, 0, 1, 0],
    [0.3, -0.7, 1, 0, 0.3, 0.7],
  ],
  ess: [
    [
      0.8, -0.62, 0.5, -0.92, 0, -1, -0.5, -0.9, -0.75, -0.55, -0.5, -0.2, 0, 0, 0.5, 0.2, 0.75, 0.55, 0.5, 0.9, 0, 1,
      -0.5, 0.92, -0.8, 0.62,
    ],
  ],
  zed: [[-0.8, -0.9, 0.8, -0.9, -0.8, 0.9, 0.8, 0.9]],
};

/** The strokes of each class, by label. */
export const glyphStrokes: readonly (readonly Polyline[])[] = glyphClassNames.map((name) => outline[name]);
