#!/usr/bin/env node
import { standardOutput } from './output/command-output.js';
import { runCommandLine } from './program.js';

process.exitCode = await runCommandLine(process.argv.slice(2), standardOutput);
