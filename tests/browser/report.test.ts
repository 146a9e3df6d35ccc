import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBrowser, openPage, startBrowser } from './browser.js';

const program = findBrowser();
const main = resolve(import.meta.dirname, '../../apps/lab/dist/main.js');
const rheobase = (...args: string[]) => promisify(execFile)(process.execPath, [main, ...args]);

let folder = '';
let browser: Browser | undefined;

describe.skipIf(program === undefined)(
  `The report of a run in a page${program === undefined ? ' (skipped: no Chromium is installed, nor named by RHEOBASE_CHROMIUM)' : ''}`,
  () => {
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'rheobase-report-'));
      browser = await startBrowser(program ?? '');
      for (const seed of ['0', '1']) {
        await rheobase(
          'reproduce',
          'two-stage/glyphs',
          '--smoke',
          '--seed',
          seed,
          '--out',
          join(folder, `seed-${seed}`),
        );
      }
    });
    afterAll(async () => {
      await browser?.close();
      await rm(folder, { recursive: true, force: true });
    });

    it.each([
      { runs: ['seed-0'], pictures: 5 },
      { runs: ['seed-0', 'seed-1'], pictures: 12 },
    ])('of $runs opens without a complaint, loads nothing, and shows its pictures', async ({ runs, pictures }) => {
      if (browser === undefined) throw new Error('There is no browser.');
      const file = join(folder, 'report.html');
      await rheobase('report', ...runs.map((run) => join(folder, run)), '--out', file);
      const url = pathToFileURL(file).href;
      const { page, complaints } = await openPage(browser, url);
      const loaded: unknown = await page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)");
      const shown: unknown = await page.evaluate(
        "[...document.querySelectorAll('figure svg')].map((svg) => svg.getBoundingClientRect().height)",
      );
      const fits: unknown = await page.evaluate('document.documentElement.scrollWidth <= innerWidth');
      await page.close();
      expect(complaints).toEqual([]);
      expect(loaded).toEqual([]);
      const heights = Array.isArray(shown) ? shown.map(Number) : [];
      expect(heights.length).toBeGreaterThanOrEqual(pictures);
      expect(Math.min(...heights)).toBeGreaterThan(60);
      expect(fits, 'nothing is wider than the window').toBe(true);
    });
  },
);
