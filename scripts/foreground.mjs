// Runs the program that a script exists for, as if it had been called by itself.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/**
 * Runs a program to its end, with this process's streams, and resolves to the exit code it ended with. Ctrl-C is the program's: a terminal
 * gives it to both, and this process waits for what the program makes of it, a checkpoint perhaps. SIGTERM, which reaches this process
 * alone, is passed on. A program that a signal killed ends with 128 and its number, as shells tell it.
 */
export function foreground(program, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: 'inherit' });
    const wait = () => undefined;
    const passOn = () => child.kill('SIGTERM');
    process.on('SIGINT', wait);
    process.on('SIGTERM', passOn);
    const ended = () => {
      process.off('SIGINT', wait);
      process.off('SIGTERM', passOn);
    };
    child.on('error', (error) => {
      ended();
      reject(error);
    });
    child.on('close', (code, signal) => {
      ended();
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}
