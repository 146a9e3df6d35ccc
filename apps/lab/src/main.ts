#!/usr/bin/env node
import { say } from './output/command-output.js';
import { standardOutput } from './output/standard-output.js';
import { runCommandLine } from './program.js';

const output = standardOutput();
const code = await runCommandLine(process.argv.slice(2), output);
const lost = await output.resultsLost();
if (lost !== undefined) say(output, `rheobase: the results could not be written to standard output (${lost}).`);
process.exitCode = lost !== undefined && code === 0 ? 1 : code;
