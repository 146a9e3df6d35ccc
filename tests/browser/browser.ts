import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

// Where distributions put it; RHEOBASE_CHROMIUM names another.
const usualPlaces = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The browser's program, or nothing where none is installed. */
export function findBrowser(): string | undefined {
  const named = process.env['RHEOBASE_CHROMIUM'];
  if (named !== undefined && !existsSync(named))
    throw new Error(`RHEOBASE_CHROMIUM names ${named}, which is not there.`);
  return named ?? usualPlaces.find((path) => existsSync(path));
}

/** Starts the browser without a window. */
export function startBrowser(program: string): Promise<Browser> {
  return chromium.launch({ executablePath: program });
}

/** A page, and what went wrong in it. */
export interface OpenPage {
  readonly page: Page;
  /** What the page wrote to the console as errors or warnings, and what was thrown and not caught. */
  readonly complaints: readonly string[];
}

/** Opens an address and waits until its modules have run. */
export async function openPage(browser: Browser, url: string): Promise<OpenPage> {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`);
    }
  });
  page.on('pageerror', (error) => complaints.push(`not caught: ${error.stack ?? error.message}`));
  await page.goto(url, { waitUntil: 'load' });
  return { page, complaints };
}
