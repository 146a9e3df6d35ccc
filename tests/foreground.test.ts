import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';

const script = pathToFileURL(resolve(import.meta.dirname, '../scripts/foreground.mjs')).href;

/** A process like that of `npm start`, with a program in its foreground that reports when it is ready for signals. */
function started(program: string, around: readonly string[] = []): ChildProcess {
  const [file, ...words] = [...around, process.execPath, '--input-type=module', '-e', program];
  const text = `import { foreground } from ${JSON.stringify(script)};
    process.exitCode = await foreground(${JSON.stringify(file)}, ${JSON.stringify(words)}, {});`;
  // In its own process group, as from a shell with a terminal.
  return spawn(process.execPath, ['--input-type=module', '-e', text], { detached: true, stdio: 'pipe' });
}

/** Its exit code, or the signal that killed it, and all that it and its program said; `whenReady` is called once the program is. */
async function ending(
  child: ChildProcess,
  whenReady: (pid: number) => void = () => undefined,
): Promise<{ readonly end: number | string | null; readonly said: string }> {
  let said = '';
  let ready = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (text: Buffer) => {
      said += String(text);
      if (ready || !said.includes('ready') || child.pid === undefined) return;
      ready = true;
      whenReady(child.pid);
    });
  }
  return new Promise((settle) => {
    child.on('close', (code, signal) => settle({ end: code ?? signal, said }));
  });
}

const careful = `const stop = () => setTimeout(() => { console.log('kept'); process.exit(130); }, 200);
  process.once('SIGINT', stop); process.once('SIGTERM', stop);
  setInterval(() => undefined, 1000); console.log('ready');`;
const careless = `setInterval(() => undefined, 1000); console.log('ready');`;

describe.skipIf(process.platform === 'win32')('the program of npm start', () => {
  it('ends it with its own exit code', async () => {
    expect(await ending(started('process.exit(3)'))).toEqual({ end: 3, said: '' });
  });

  it('is waited for on Ctrl-C, which ends both with its 130 and no word besides its own', async () => {
    const found = await ending(started(careful), (pid) => process.kill(-pid, 'SIGINT'));
    expect(found).toEqual({ end: 130, said: 'ready\nkept\n' });
  });

  it('is told of a SIGTERM that reached npm start alone', async () => {
    const found = await ending(started(careful), (pid) => process.kill(pid, 'SIGTERM'));
    expect(found).toEqual({ end: 130, said: 'ready\nkept\n' });
  });

  it('is told of it through shells and other programs between them, and waited for', async () => {
    const shell = ['sh', '-c', '"$@"; exit $?', 'sh'];
    const found = await ending(started(careful, [...shell, ...shell]), (pid) => process.kill(pid, 'SIGTERM'));
    expect(found).toEqual({ end: 143, said: 'ready\nkept\n' });
  });

  it('that a signal kills ends it as shells tell it', async () => {
    const found = await ending(started(careless), (pid) => process.kill(-pid, 'SIGINT'));
    expect(found).toEqual({ end: 130, said: 'ready\n' });
  });
});
