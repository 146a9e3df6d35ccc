import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const guides = readdirSync(resolve(root, 'docs/guides')).map((file) => {
  return { file, page: readFileSync(resolve(root, 'docs/guides', file), 'utf8') };
});

/** Code without its indentation, which a quotation does not keep. */
const unindented = (text: string): string => text.replaceAll(/^[ \t]+/gm, '').trim();

it.each(guides.filter(({ page }) => page.includes('<!-- from ')))('$file quotes sources as they are', ({ page }) => {
  for (const [, path = '', quoted = ''] of page.matchAll(/<!-- from (\S+) -->\n```\w*\n(.*?)```/gs)) {
    expect(unindented(readFileSync(resolve(root, path), 'utf8')), path).toContain(unindented(quoted));
  }
});
