import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'vite';

/** A page with everything it imports, in a folder of its own. */
export interface PageBundle {
  readonly folder: string;
  dispose(): Promise<void>;
}

/**
 * Bundles an HTML page as its author would: what it imports comes from the built packages, and files that they name by
 * `new URL(…, import.meta.url)` are copied.
 *
 * @param html the page's file
 * @param form `readable`, so that stacks of errors tell where they come from; `minified` as it would be published
 */
export async function bundlePage(html: string, form: 'readable' | 'minified' = 'readable'): Promise<PageBundle> {
  const folder = await mkdtemp(join(tmpdir(), 'rheobase-page-'));
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await build({
      root: dirname(html),
      base: './',
      configFile: false,
      envFile: false,
      publicDir: false,
      logLevel: 'error',
      build: {
        outDir: folder,
        emptyOutDir: true,
        target: 'esnext',
        minify: form === 'minified',
        rolldownOptions: { input: html },
      },
    });
  } catch (error) {
    await dispose();
    throw error;
  }
  return { folder, dispose };
}
