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

/** A run of every kind that leaves a report, on a handful of images, and what its page draws. */
const runs = [
  { name: 'two-stage', experiment: 'two-stage/glyphs', shows: 'Accuracy after T time steps', pictures: 5 },
  { name: 'comparison', experiment: 'methods/glyphs', shows: 'Accuracy after T time steps', pictures: 2 },
  { name: 'detector', experiment: 'two-stage/detection-scenes', shows: 'Mean AP@0.5 after T time steps', pictures: 3 },
] as const;

let folder = '';
let browser: Browser | undefined;

/** What is wrong with the text of the pictures that are seen, by their boxes on the screen: too small, on other text, or cut off. */
const textFaults = `[...document.querySelectorAll('figure svg')].flatMap((svg) => {
  const frame = svg.getBoundingClientRect();
  if (frame.width === 0) return [];
  const scale = frame.width / svg.viewBox.baseVal.width;
  const texts = [...svg.querySelectorAll('text')].filter((text) => text.textContent.trim() !== '').map((text) => {
    const { left, right, top, bottom } = text.getBoundingClientRect();
    // A line box is higher than its letters.
    return { said: text.textContent, left, right, top: top + 2, bottom: bottom - 3, size: scale * parseFloat(getComputedStyle(text).fontSize) };
  });
  return texts.flatMap((a, index) => [
    ...(a.size < 10.9 ? [a.said + ' is of ' + a.size + ' pixels'] : []),
    ...(a.left < frame.left - 1 || a.right > frame.right + 1 || a.bottom > frame.bottom ? [a.said + ' is cut off'] : []),
    ...texts.slice(index + 1)
      .filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
      .map((b) => a.said + ' lies on ' + b.said),
  ]);
})`;

/** Opens a page from its file, and holds what it shows against what every report is to be. */
async function expectReport(file: string, expected: { readonly shows: string; readonly pictures: number }) {
  if (browser === undefined) throw new Error('There is no browser.');
  const { page, complaints } = await openPage(browser, pathToFileURL(file).href);
  const loaded: unknown = await page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)");
  const shown: unknown = await page.evaluate(
    "[...document.querySelectorAll('figure svg')].map((svg) => svg.getBoundingClientRect().height).filter((height) => height > 0)",
  );
  const fits: unknown = await page.evaluate('document.documentElement.scrollWidth <= innerWidth');
  const looks: Record<string, unknown> = {};
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    looks[`fits into ${width}`] = await page.evaluate('document.documentElement.scrollWidth <= innerWidth');
    looks[`text faults at ${width}`] = await page.evaluate(textFaults);
  }
  const ground =
    "getComputedStyle(document.body).backgroundColor + getComputedStyle(document.querySelector('figure svg rect')).fill";
  const light: unknown = await page.evaluate(ground);
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark: unknown = await page.evaluate(ground);
  const text = await page.innerText('main');
  await page.close();
  expect(complaints).toEqual([]);
  expect(loaded).toEqual([]);
  const heights = Array.isArray(shown) ? shown.map(Number) : [];
  expect(heights.length).toBeGreaterThanOrEqual(expected.pictures);
  expect(Math.min(...heights)).toBeGreaterThan(60);
  expect(fits, 'nothing is wider than the window').toBe(true);
  expect(looks).toEqual({
    'fits into 390': true,
    'text faults at 390': [],
    'fits into 1280': true,
    'text faults at 1280': [],
  });
  expect([light, dark]).toEqual(['rgb(244, 246, 249)rgb(255, 255, 255)', 'rgb(17, 22, 29)rgb(26, 33, 43)']);
  expect(text).toContain(expected.shows);
  expect(text).toContain('A smoke run: its figures mean nothing.');
}

describe.skipIf(program === undefined)(
  `The report of a run in a page${program === undefined ? ' (skipped: no Chromium is installed, nor named by RHEOBASE_CHROMIUM)' : ''}`,
  () => {
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'rheobase-report-'));
      browser = await startBrowser(program ?? '');
      for (const { name, experiment } of runs) {
        await rheobase('reproduce', experiment, '--smoke', '--out', join(folder, name));
      }
    }, 300_000);
    afterAll(async () => {
      await browser?.close();
      await rm(folder, { recursive: true, force: true });
    });

    it.each(runs)('that $experiment left opens without a complaint, loads nothing, and shows its pictures', (run) =>
      expectReport(join(folder, run.name, 'report.html'), run),
    );

    it('on all of them opens likewise, with pictures of what those of a kind end with', async () => {
      const file = join(folder, 'report.html');
      await rheobase('report', ...runs.map(({ name }) => join(folder, name)), '--out', file);
      const own = runs.reduce((sum, { pictures }) => sum + pictures, 0);
      // Of the runs that classify, against T and against energy: a detector has none of its kind beside it.
      await expectReport(file, { shows: 'Classifiers', pictures: own + 2 });
    });
  },
);
