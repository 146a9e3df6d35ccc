// `npm start`: install, build, and run the main job. Arguments after `--` go to the command:
// `npm start -- --steps 4`, or another subcommand: `npm start -- models`.
import { resolve } from 'node:path';
import { foreground } from './foreground.mjs';
import { quietEnvironment, root } from './pnpm.mjs';
import { build, install, requireNode, step, StepFailure } from './steps.mjs';

requireNode();
try {
  await step('install', install);
  await step('build', build);
} catch (error) {
  if (!(error instanceof StepFailure)) throw error;
  process.stderr.write(`npm start stopped: ${error.message}\n`);
  process.exit(error.code);
}

const given = process.argv.slice(2);
const mainJob = ['reproduce', 'two-stage/glyphs', '--threads', '2'];
const args = given.length === 0 || given[0].startsWith('-') ? [...mainJob, ...given] : given;
process.stderr.write(`▶ rheobase ${args.join(' ')}\n`);
process.exitCode = await foreground(process.execPath, [resolve(root, 'apps/lab/dist/main.js'), ...args], {
  cwd: root,
  env: quietEnvironment,
});
