import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBrowser, openPage, startBrowser } from './browser.js';
import { bundlePage, type PageBundle } from './bundle-page.js';
import { servePages } from './page-server.js';

const pages = resolve(import.meta.dirname, 'pages');
const readme = resolve(import.meta.dirname, '../../packages/tfjs-wasm-training/README.md');
const program = findBrowser();

let browser: Browser | undefined;
let bundle: PageBundle | undefined;

describe('the example of tfjs-wasm-training for a page', () => {
  it('stands in its README as it is tested', async () => {
    const example = await readFile(resolve(pages, 'training-example.js'), 'utf8');
    expect(await readFile(readme, 'utf8')).toContain(`\`\`\`js\n${example}\`\`\``);
  });
});

describe.skipIf(program === undefined)(
  `In a page${program === undefined ? ' (skipped: no Chromium is installed, nor named by RHEOBASE_CHROMIUM)' : ''}`,
  () => {
    beforeAll(async () => {
      [browser, bundle] = await Promise.all([
        startBrowser(program ?? ''),
        bundlePage(resolve(pages, 'training-example.html'), 'minified'),
      ]);
    });
    afterAll(async () => {
      await browser?.close();
      await bundle?.dispose();
    });

    it.each(['plain', 'isolated'] as const)(
      'of an origin that is %s, it runs as Vite bundles it, and finds every file',
      async (origin) => {
        if (browser === undefined || bundle === undefined) throw new Error('There is no browser, or no page.');
        const server = await servePages({ folders: { '/': bundle.folder }, origin });
        const { page, complaints } = await openPage(browser, server.url('/training-example.html'));
        try {
          await page
            .waitForFunction('document.body.textContent !== ""', undefined, { timeout: 20_000 })
            .catch(() => {});
          expect(complaints).toEqual([]);
          expect(server.missing).toEqual([]);
          expect((await page.innerText('body')).trim()).toBe('The derivative of the sigmoid at 0 is 0.25.');
        } finally {
          await page.close();
          await server.close();
        }
      },
    );
  },
);
