// `npm test`: install, build, and every check, in the order in which a mistake is cheapest to hear of.
// The first step that fails ends the run with its exit code. The counts of the run go to .cache/test-summary.txt.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pnpm } from './pnpm.mjs';
import { build, cacheFolder, install, requireNode, script, step, StepFailure } from './steps.mjs';

requireNode();
const start = performance.now();
const cache = cacheFolder();
const vitestReport = resolve(cache, 'vitest.json');
const summaryFile = resolve(cache, 'test-summary.txt');
rmSync(vitestReport, { force: true });
rmSync(summaryFile, { force: true });

const counts = { passed: 0, failed: 0, skipped: 0 };

/** One step that counts as one check. */
async function check(name, body) {
  try {
    await step(name, body);
    counts.passed += 1;
  } catch (error) {
    if (error instanceof StepFailure) counts.failed += 1;
    throw error;
  }
}

/** Vitest's own report counts its tests; a file that fell over before its first test counts as one failure. */
function countTests() {
  let report;
  try {
    report = JSON.parse(readFileSync(vitestReport, 'utf8'));
  } catch {
    return;
  }
  counts.passed += report.numPassedTests;
  counts.failed += report.numFailedTests;
  counts.skipped += report.numPendingTests + report.numTodoTests;
  counts.failed += report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
}

async function tests() {
  const failedBefore = counts.failed;
  const code = await script(
    'test:run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${JSON.stringify(vitestReport)}`,
  );
  countTests();
  if (code !== 0 && counts.failed === failedBefore) counts.failed += 1;
  return code;
}

let code = 0;
let stopped;
try {
  await check('install', install);
  await check('references', () => script('check:references'));
  await check('build', build);
  await check('lint', () => script('check:lint'));
  await check('format', () => script('check:format'));
  // turbo starts each package's script through pnpm, which therefore has to be on its PATH.
  await check('types, tests included', () => pnpm(['run', '--silent', 'check:types'], { stdio: ['ignore', 2, 2] }));
  await check('unused code and dependencies', () => script('check:unused'));
  await step('tests', tests);
} catch (error) {
  if (error instanceof StepFailure) {
    stopped = `npm test stopped: ${error.message}`;
    code = error.code;
  } else {
    stopped = `npm test stopped: ${error instanceof Error ? (error.stack ?? error.message) : error}`;
    counts.failed += 1;
    code = 1;
  }
}

const summary = `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;
writeFileSync(summaryFile, `${summary}\n`);
if (stopped !== undefined) process.stderr.write(`${stopped}\n`);
process.stdout.write(`npm test, ${((performance.now() - start) / 1000).toFixed(0)} s: ${summary}\n`);
process.exit(code);
