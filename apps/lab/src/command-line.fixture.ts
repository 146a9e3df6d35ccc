import { execFile } from 'node:child_process';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { runCommandLine } from './program.js';

/** A command's exit code and output. */
export interface Ended {
  readonly code: number;
  readonly results: string;
  readonly messages: string;
}

/** Runs a command line in this process. */
export async function rheobase(...args: string[]): Promise<Ended> {
  const written = { results: '', messages: '' };
  const into = (stream: keyof typeof written): Writable =>
    new Writable({
      write(chunk, _encoding, done) {
        written[stream] += String(chunk);
        done();
      },
    });
  const code = await runCommandLine(args, { results: into('results'), messages: into('messages') });
  return { code, ...written };
}

/** The built command, for tests with several processes or kills. */
export const builtProgram = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** Runs the built command in a separate process. */
export async function rheobaseProcess(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [builtProgram, ...args], (error, results, messages) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, results, messages });
    });
  });
}
