import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { batchAdvice } from './batch-advice.js';

const program = new Command('rheobase');
program.command('evaluate').option('--batch <images>');
program.command('finetune').option('--batch <images>').option('--micro-batch <images>');
program.command('reproduce');
program.command('bench').command('inference').option('--batch <images>');

const tooLarge =
  'Out of memory: a batch of 80 images needs more than tfjs can have. Take a smaller batch: 40 images at a time.';

describe('batchAdvice', () => {
  it.each([
    [['evaluate', '--batch', '80'], ' Give --batch 40.'],
    [['finetune'], ' Give --micro-batch 40 or --batch 40.'],
    [['bench', 'inference'], ' Give --batch 40.'],
    [['reproduce', 'x.yaml'], ' Set `batch` in the experiment file.'],
  ])('names the option that makes batches smaller: %j', (args, advice) => {
    expect(batchAdvice(program, args, tooLarge)).toBe(advice);
  });

  it('is silent about other errors, and about a single image', () => {
    expect(batchAdvice(program, ['evaluate'], 'There is no such file.')).toBe('');
    expect(batchAdvice(program, ['evaluate'], 'A single image is too large for it.')).toBe('');
  });
});
