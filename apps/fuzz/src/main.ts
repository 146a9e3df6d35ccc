#!/usr/bin/env node
import { randomInt } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fileReason } from '@rheobase/network/node';
import { fuzz } from './fuzz.js';
import { type FuzzThread, startFuzzThread } from './fuzz-thread.js';
import { inputGenerator } from './input-generator.js';
import { kindOfFailure, smallestInput } from './smallest-input.js';
import { fuzzTargets, openTarget } from './targets/all-targets.js';

const help = `Usage: pnpm fuzz [options]

Gives readers and engines hostile inputs until the time is up. The exit code is 0 if nothing failed.

  --minutes <n>     how long (default: 1)
  --seed <n>        of the inputs; the same seed gives the same ones (default: a random one, which is printed)
  --target <name>   only this one; may be given more than once (default: all)
  --out <folder>    where failing inputs are kept, each reduced as far as it still fails (default: .cache/fuzz)
  --input <file>    try this one input on the one target, and nothing else
  --list            list the targets
`;

/** Inputs of a target before it is the next one's turn. */
const turn = 500;

/** Inputs tried at most to make one smaller; one that hangs takes seconds each. */
const attempts = (reason: string): number => (/^(?:hang|memory|crash)/.test(reason) ? 12 : 400);

/** Ends with a message, no stack: what is wrong is what was typed. */
function refuse(message: string): never {
  process.stderr.write(`fuzz: ${message}\n`);
  process.exit(2);
}

function optionsGiven() {
  try {
    return parseArgs({
      options: {
        minutes: { type: 'string', default: '1' },
        seed: { type: 'string' },
        target: { type: 'string', multiple: true },
        out: { type: 'string', default: '.cache/fuzz' },
        input: { type: 'string' },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return refuse(`${error instanceof Error ? error.message : String(error)} --help lists the options.`);
  }
}

const options = optionsGiven();

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function numberOf(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) {
    return refuse(`--${option} must be a number of at least 0, not '${text}'.`);
  }
  return value;
}

/** Every kind of failure once, by target and kind. */
const known = new Map<string, number>();

async function keep(thread: FuzzThread, name: string, seed: number, index: number, reason: string): Promise<void> {
  const kind = `${name}: ${kindOfFailure(reason)}`;
  const times = (known.get(kind) ?? 0) + 1;
  known.set(kind, times);
  if (times > 1) return;
  const target = await openTarget(name);
  const input = target.generate(inputGenerator(seed, index));
  say(`\n${name}, seed ${seed}, input ${index} (${input.length} bytes): ${reason}`);
  const smallest = await smallestInput(thread, name, input, reason, attempts(reason));
  const file = join(options.out, `${name}-${seed}-${index}${target.extension}`);
  await mkdir(options.out, { recursive: true });
  await writeFile(file, smallest);
  say(`kept in ${file} (${smallest.length} bytes); again: pnpm fuzz --target ${name} --input ${file}`);
}

async function tryGiven(thread: FuzzThread, names: readonly string[], file: string): Promise<void> {
  const [target, ...more] = names;
  if (target === undefined || more.length > 0) return refuse('--input needs exactly one --target.');
  const input = await readFile(file).catch((error: unknown) =>
    refuse(`${file}: it cannot be read (${fileReason(error)}).`),
  );
  const { failures } = await thread.perform({ kind: 'given', target, input });
  for (const { reason } of failures) say(reason);
  say(failures.length > 0 ? `${file}: it fails.` : `${file}: nothing is wrong with it.`);
  if (failures.length > 0) process.exitCode = 1;
}

async function tryGenerated(thread: FuzzThread, names: readonly string[]): Promise<void> {
  const seed = options.seed === undefined ? randomInt(2 ** 31) : numberOf('seed', options.seed);
  const end = performance.now() + numberOf('minutes', options.minutes) * 60_000;
  say(`seed ${seed}; targets: ${names.join(', ')}`);
  const tried = new Map<string, number>();
  for (let from = 0; performance.now() < end; from += turn) {
    for (const name of names) {
      if (performance.now() >= end) break;
      for (const { index, reason } of await fuzz(thread, name, seed, { from, count: turn })) {
        await keep(thread, name, seed, index, reason);
      }
      tried.set(name, (tried.get(name) ?? 0) + turn);
    }
  }
  say(`\n${[...tried].map(([name, inputs]) => `${name} ${inputs}`).join(', ')} inputs`);
  for (const [kind, times] of known) say(`${times} × ${kind}`);
  say(known.size > 0 ? `${known.size} kinds of failure; seed ${seed}` : `no failure; seed ${seed}`);
  if (known.size > 0) process.exitCode = 1;
}

const names = options.target ?? Object.keys(fuzzTargets);
if (options.help) say(help);
else if (options.list) say(Object.keys(fuzzTargets).join('\n'));
else {
  for (const name of names) {
    if (!Object.hasOwn(fuzzTargets, name)) refuse(`there is no target '${name}'. --list lists them.`);
    await openTarget(name);
  }
  const thread = await startFuzzThread();
  try {
    if (options.input === undefined) await tryGenerated(thread, names);
    else await tryGiven(thread, names, options.input);
  } finally {
    await thread.close();
  }
}
