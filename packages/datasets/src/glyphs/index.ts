export { drawGlyph, type GlyphAddress, glyphLabel, type GlyphSplit } from './glyph-image.js';
export { glyphs, type GlyphsOptions } from './glyphs.js';
export { type GlyphClassName, glyphClassNames } from './shapes.js';
