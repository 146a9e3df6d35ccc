import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bundlePage } from './bundle-page.js';

const html = resolve(dirname(fileURLToPath(import.meta.url)), 'pages/onnx-import.html');

describe('What a page loads to import ONNX models', () => {
  it('is less than 120 KB compressed', async () => {
    const { folder, dispose } = await bundlePage(html, 'minified');
    try {
      const files = await readdir(folder, { recursive: true, withFileTypes: true });
      const loaded = files.filter((file) => file.isFile() && /\.(?:js|wasm)$/.test(file.name));
      const contents = await Promise.all(loaded.map((file) => readFile(join(file.parentPath, file.name))));
      const total = contents.reduce((sum, content) => sum + gzipSync(content, { level: 9 }).length, 0);
      expect(total).toBeGreaterThan(10_000);
      expect(total).toBeLessThan(120_000);
    } finally {
      await dispose();
    }
  });
});
