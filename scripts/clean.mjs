// Removes what the build made. `tsc -b` keeps the output of a source file that is gone; a fresh start does not.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { root } from './pnpm.mjs';

for (const group of ['packages', 'apps']) {
  if (!existsSync(resolve(root, group))) continue;
  for (const name of readdirSync(resolve(root, group))) {
    for (const built of ['dist', 'tsconfig.tsbuildinfo', '.turbo']) {
      rmSync(resolve(root, group, name, built), { recursive: true, force: true });
    }
  }
}
