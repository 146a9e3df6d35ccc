import { peakMegabytes } from './peak-memory.js';
import type { StepMessage } from './training-turns.js';

/** Takes a step, and says what it took. */
export async function timedStep(step: () => Promise<void>): Promise<StepMessage> {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  await step();
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs, cpuMs: (user + system) / 1000, peakMegabytes: peakMegabytes() };
}
