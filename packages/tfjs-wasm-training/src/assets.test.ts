import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../../scripts/build-wasm.mjs', import.meta.url));

describe('the committed modules', () => {
  it('hold no static data, no globals, import a memory alone, and are what the sources give wherever the compiler is cached', ({
    annotate,
  }) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, 'tfjs-wasm-training', '--check'], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    return annotate(stdout.trim());
  }, 600_000);
});
