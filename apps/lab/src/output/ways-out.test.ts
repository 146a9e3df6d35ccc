import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSafetensors } from '@rheobase/network';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtProgram, rheobase } from '../command-line.fixture.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rheobase-ways-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Clears the screen, sets the window title, and reverses the text direction. */
const hostile = '\u001b[2J\u001b]0;x\u0007\u202e';
const written = String.raw`\u001b[2J\u001b]0;x\u0007\u202e`;
const acts = /\p{Bidi_Control}|(?![\n\t])\p{Cc}/u;

describe('what a terminal would act on', () => {
  it('is written out in errors, of the command line and of what files hold', async () => {
    const file = join(folder, 'hostile.safetensors');
    await writeFile(
      file,
      writeSafetensors(new Map([[hostile, { dtype: 'F32', shape: [1], data: new Float32Array(1) }]]), {}),
    );
    for (const words of [
      [`eval${hostile}`],
      ['evaluate', `--${hostile}`],
      ['evaluate', '--model', hostile, '--dataset', 'glyphs'],
      ['evaluate', '--network', join(folder, hostile)],
      ['evaluate', '--model', 'glyph-net', '--weights', file, '--dataset', 'glyphs'],
      ['evaluate', '--network', file, '--dataset', 'glyphs'],
      ['reproduce', hostile],
      ['report', join(folder, hostile)],
    ]) {
      const { code, results, messages } = await rheobase(...words);
      expect([code, results], words.join(' ')).toEqual([1, '']);
      expect(messages).not.toMatch(acts);
    }
    const { messages } = await rheobase('evaluate', '--network', join(folder, hostile));
    expect(messages).toContain(written);
  });

  it('is written out in tables, notes and JSON, of runs that others left', async () => {
    const run = join(folder, 'runs', `run${hostile}`);
    await mkdir(run, { recursive: true });
    await writeFile(join(run, 'config.json'), JSON.stringify({ run: { [hostile]: hostile } }));
    await writeFile(join(run, 'metrics.jsonl'), `${JSON.stringify({ event: 'done', task: hostile })}\n`);
    const { results } = await rheobase('runs', join(folder, 'runs'), '--differences');
    expect(results).toContain(`run${written}`);
    expect(results).not.toMatch(acts);
    const json = await rheobase('runs', join(folder, 'runs'), '--json');
    expect(json.results).not.toMatch(acts);
    expect(JSON.parse(json.results)).toMatchObject({ runs: [{ name: `run${hostile}` }] });
  });
});

/** Exit code or signal of the built command, with its streams as connected. */
function ending(child: ChildProcess): Promise<number | string | null> {
  return new Promise((settle) => child.on('close', (code, signal) => settle(code ?? signal)));
}

describe.skipIf(process.platform === 'win32')('a stream that fails', () => {
  const small = ['quickstart', '--images', '64', '--epochs', '1', '--test-images', '10', '--steps', '2', '--out'];

  it('does not stop a run that writes a folder, nor does a reader that has left make it fail', async () => {
    const out = join(folder, 'unheard');
    const child = spawn(process.execPath, [builtProgram, ...small, out], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout?.destroy();
    child.stderr?.destroy();
    expect(await ending(child)).toBe(0);
    await access(join(out, 'network.safetensors'));
  });

  it('that loses results makes the command fail, in words', async (context) => {
    const full = await access('/dev/full').then(
      () => true,
      () => false,
    );
    context.skip(!full, 'there is no /dev/full here');
    const text = `"${process.execPath}" "${builtProgram}" models > /dev/full`;
    const { status, stderr } = spawnSync('sh', ['-c', text], { encoding: 'utf8' });
    expect(stderr).toBe(
      'rheobase: the results could not be written to standard output (ENOSPC: the disk is full; make room there and try again).\n',
    );
    expect(status).toBe(1);
  });
});

/** Runs a program on its own terminal, presses Ctrl-C when a bar appears, and returns its exit code and the terminal's output. */
const onTerminal = `
import os, pty, sys
child, terminal = pty.fork()
if child == 0:
    os.execv(sys.argv[1], sys.argv[1:])
got, pressed = b'', False
while True:
    try:
        part = os.read(terminal, 4096)
    except OSError:
        break
    if not part:
        break
    got += part
    if not pressed and '\\u2591'.encode() in got:
        pressed = True
        os.write(terminal, b'\\x03')
_, status = os.waitpid(child, 0)
code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
sys.stdout.buffer.write(str(code).encode() + b'\\n' + got)
`;

const hasTerminals = spawnSync('python3', ['-c', 'import pty']).status === 0;

describe.skipIf(!hasTerminals)('Ctrl-C on a terminal (needs python3, which makes one)', () => {
  it('ends a command with 130, and leaves the terminal as it was', async () => {
    const words = ['quickstart', '--epochs', '1000', '--out', join(folder, 'interrupted')];
    const { stdout } = spawnSync('python3', ['-c', onTerminal, process.execPath, builtProgram, ...words], {
      encoding: 'utf8',
      // If no bar appears, Ctrl-C is not pressed; closing the terminal ends the command.
      timeout: 90_000,
      killSignal: 'SIGKILL',
    });
    const [code, ...got] = stdout.split('\n');
    expect(code, stdout).toBe('130');
    expect(got.join('\n')).toMatch(/training /);
    // Everything that was hidden or turned off is restored.
    expect(got.join('\n')).not.toMatch(/\[\?25l(?![^]*\[\?25h)|\[\?7l(?![^]*\[\?7h)/);
  });
});
