import { readFileSync } from 'node:fs';
import { Command, CommanderError, Help } from 'commander';
import type { Registries } from '@rheobase/experiments/node';
import { batchAdvice } from './choices/batch-advice.js';
import { registriesFor, withPluginOption } from './choices/plugin-choice.js';
import { type CommandOutput, say, write } from './output/command-output.js';
import { withHeartbeat } from './output/heartbeat.js';
import { exitCodeOf } from './output/interruptible.js';
import { outputHelp } from './output/output-file.js';
import { assertOutputsApart } from './output/outputs-apart.js';
import { endBars } from './output/progress.js';
import { analyzeCommand } from './commands/analyze.js';
import { benchCommand } from './commands/bench.js';
import { calibrateCommand } from './commands/calibrate.js';
import { classifyCommand } from './commands/classify.js';
import { convertCommand } from './commands/convert.js';
import { convertDetectorCommand } from './commands/convert-detector.js';
import { datasetsCommand } from './commands/datasets.js';
import { detectCommand } from './commands/detect.js';
import { evaluateCommand } from './commands/evaluate.js';
import { evaluateDetectorCommand } from './commands/evaluate-detector.js';
import { exportCommand } from './commands/export.js';
import { finetuneCommand } from './commands/finetune.js';
import { inspectCommand } from './commands/inspect.js';
import { modelsCommand } from './commands/models.js';
import { quickstartCommand } from './commands/quickstart.js';
import { reportCommand } from './commands/report.js';
import { reproduceCommand } from './commands/reproduce.js';
import { runsCommand } from './commands/runs.js';
import { runCommand } from './commands/run.js';
import { sweepCommand } from './commands/sweep.js';
import { simulateCommand } from './commands/simulate.js';
import { trainCommand } from './commands/train.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/**
 * Runs the command line and returns the exit code: 0 only on success, 128 plus the signal's number if a signal stopped it. Results go to one stream,
 * everything else to the other; errors start with `rheobase: `.
 *
 * @param args arguments, without the interpreter's and the script's path
 */
export async function runCommandLine(args: readonly string[], output: CommandOutput): Promise<number> {
  let program: Command | undefined;
  try {
    const parsed = (program = programOn(await registriesFor(args), output));
    await withHeartbeat(output, () => parsed.parseAsync([...args], { from: 'user' })).finally(endBars);
    return 0;
  } catch (error) {
    // Commander has already printed the error.
    if (error instanceof CommanderError) return error.exitCode;
    const message = error instanceof Error ? error.message : String(error);
    say(output, `rheobase: ${message}${program === undefined ? '' : batchAdvice(program, args, message)}`);
    return exitCodeOf(error);
  }
}

/** All commands, with these registries. */
function programOn(registries: Registries, output: CommandOutput): Command {
  const program = withPluginOption(new Command('rheobase'))
    .description('Trained convolutional networks become spiking networks.')
    .version(version)
    .addHelpText('after', outputHelp)
    // An empty default need not be shown.
    .configureHelp({
      showGlobalOptions: true,
      optionDescription: (option) => new Help().optionDescription(option).replace(' (default: {})', ''),
    })
    .configureOutput({
      writeOut: (text) => write(output.results, text),
      writeErr: (text) => write(output.messages, text),
      outputError: (text, write) => write(text.replace(/^error: /, 'rheobase: ')),
    })
    .showSuggestionAfterError()
    .hook('preAction', (_, used) => assertOutputsApart(used))
    .exitOverride();
  for (const add of [
    evaluateCommand,
    convertCommand,
    exportCommand,
    simulateCommand,
    analyzeCommand,
    classifyCommand,
    inspectCommand,
    runCommand,
    detectCommand,
    evaluateDetectorCommand,
    convertDetectorCommand,
    modelsCommand,
    datasetsCommand,
    trainCommand,
    finetuneCommand,
    calibrateCommand,
    reproduceCommand,
    sweepCommand,
    reportCommand,
    runsCommand,
    quickstartCommand,
    benchCommand,
  ]) {
    add(program, output, registries);
  }
  return program;
}
