import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBrowser, type OpenPage, openPage, startBrowser } from './browser.js';
import { bundlePage, type PageBundle } from './bundle-page.js';
import { type PageServer, servePages } from './page-server.js';

const here = dirname(fileURLToPath(import.meta.url));
const program = findBrowser();
const wasmFolder = resolve(
  dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json')),
  'dist',
);

/** A list of numbers in what a page sent. */
function numbersOf(report: unknown, name: string): readonly number[] {
  const list: unknown = typeof report === 'object' && report !== null ? Reflect.get(report, name) : undefined;
  if (!Array.isArray(list)) throw new Error(`The page sent no list "${name}".`);
  return list.map(Number);
}

let browser: Browser | undefined;
let bundle: PageBundle | undefined;

describe.skipIf(program === undefined)(
  `In a page${program === undefined ? ' (skipped: no Chromium is installed, nor named by RHEOBASE_CHROMIUM)' : ''}`,
  () => {
    beforeAll(async () => {
      [browser, bundle] = await Promise.all([
        startBrowser(program ?? ''),
        bundlePage(resolve(here, 'pages/training.html')),
      ]);
    });
    afterAll(async () => {
      await browser?.close();
      await bundle?.dispose();
    });

    describe.each([
      { origin: 'plain', threadedBackend: false },
      { origin: 'isolated', threadedBackend: true },
    ] as const)('of an origin that is $origin', ({ origin, threadedBackend }) => {
      let server: PageServer | undefined;
      let opened: OpenPage | undefined;
      const ask = async (expression: string): Promise<unknown> => {
        if (opened === undefined) throw new Error('The page did not open.');
        return opened.page.evaluate(expression);
      };

      beforeAll(async () => {
        if (browser === undefined || bundle === undefined) throw new Error('There is no browser, or no page.');
        server = await servePages({ folders: { '/': bundle.folder, '/tfjs-wasm/': wasmFolder }, origin });
        opened = await openPage(browser, server.url('/training.html'));
      });
      afterAll(async () => {
        await opened?.page.close();
        await server?.close();
      });

      it('has shared memory exactly where it is isolated', async () => {
        expect(await ask('[crossOriginIsolated, typeof SharedArrayBuffer]')).toEqual(
          threadedBackend ? [true, 'function'] : [false, 'undefined'],
        );
      });

      it("starts the kernels in tfjs' heap, in the build with fused multiply-add where the browser runs it", async () => {
        expect(await ask('training.start()')).toEqual({ build: 'relaxed', threadedBackend });
      });

      it.each(['average', 'max'])("has the gradients that tfjs' backend cpu has, with %s pooling", async (pooling) => {
        const differences = await ask(`training.networkGradients('${pooling}')`);
        expect(differences).toBeTypeOf('object');
        const entries = Object.entries(differences ?? {});
        expect(entries.length).toBeGreaterThan(8);
        for (const [parameter, difference] of entries) expect(difference, parameter).toBeLessThan(1e-4);
      });

      it('has the gradient of a dilated convolution', async () => {
        expect(await ask('training.dilatedGradient()')).toEqual([9, 15, 9, 15, 25, 15, 9, 15, 9]);
      });

      it('trains: the loss falls, and no tensor is left; the result converts and spikes', async () => {
        const report = await ask('training.train()');
        expect(report).toEqual({
          losses: expect.any(Array),
          tensors: expect.any(Array),
          tensorsLeft: 0,
          spikingOutputs: [
            [4, 10, 10],
            [4, 10, 10],
          ],
        });
        const [losses, tensors] = [numbersOf(report, 'losses'), numbersOf(report, 'tensors')];
        expect(new Set(tensors.slice(1)).size, `tensors after each epoch: ${tensors.join(', ')}`).toBe(1);
        const mean = (part: readonly number[]): number => part.reduce((sum, loss) => sum + loss, 0) / part.length;
        expect(losses).toHaveLength(30);
        expect(mean(losses.slice(-4)), losses.join(' ')).toBeLessThan(0.7 * mean(losses.slice(0, 4)));
      });

      it('finds every file it asks for, and complains of nothing', () => {
        expect(server?.missing).toEqual([]);
        expect(opened?.complaints).toEqual([]);
      });
    });
  },
);
