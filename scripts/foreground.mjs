// Runs the program that a script exists for, as if it had been called by itself.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Runs a program to its end, by default with this process's streams, and resolves to its exit code. Ctrl-C is left to the program: a terminal sends
 * it to both, and this process waits for the program to handle it, for example by a checkpoint. SIGTERM and SIGHUP, which may reach only this
 * process, are passed on to the program and all its descendants, and this process waits for them: npm, pnpm and the shells between them exit without
 * notifying their children. If a signal killed the program, the exit code is 128 plus its number, as in shells.
 */
export async function foreground(program, args, options) {
  const child = spawn(program, args, { stdio: 'inherit', ...options });
  let told = [];
  const passOn = (signal) => {
    told = child.pid === undefined ? [] : [child.pid, ...descendants(child.pid)];
    for (const id of told) sent(id, signal);
  };
  const listeners = { SIGINT: () => undefined, SIGTERM: passOn, SIGHUP: passOn };
  for (const [signal, listener] of Object.entries(listeners)) process.on(signal, listener);
  try {
    const code = await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (own, signal) => resolve(own ?? 128 + constants.signals[signal]));
    });
    while (told.some(isRunning)) await pause(50);
    return code;
  } finally {
    for (const [signal, listener] of Object.entries(listeners)) process.off(signal, listener);
  }
}

/** Sends a signal; false if there is no such process any more. */
function sent(id, signal) {
  try {
    return process.kill(id, signal);
  } catch {
    return false;
  }
}

const hasProc = existsSync('/proc/self/stat');

/** Not of one that has ended and that nobody has taken note of. */
function isRunning(id) {
  return hasProc ? inProc(id).length > 0 : sent(id, 0);
}

/** The descendants of a process. */
function descendants(id) {
  const all = processes();
  const below = (parent) => all.filter((own) => own.parent === parent).flatMap((own) => [own.id, ...below(own.id)]);
  return below(id);
}

function processes() {
  if (hasProc) {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? inProc(Number(name)) : []));
  }
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  return (stdout ?? '').split('\n').map((line) => {
    const [id, parent] = line.trim().split(/\s+/).map(Number);
    return { id, parent };
  });
}

function inProc(id) {
  try {
    const text = readFileSync(`/proc/${id}/stat`, 'utf8');
    // The second field is the program's name in parentheses, and may hold anything; state and parent follow. A zombie has ended.
    const [state, parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? [] : [{ id, parent: Number(parent) }];
  } catch {
    return [];
  }
}
