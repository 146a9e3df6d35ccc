/** What a training step took. */
export interface StepMessage {
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Of the whole process, so far. */
  readonly peakMegabytes: number;
}

/** One who trains, in a process of its own. */
export interface Trainer {
  step(): Promise<StepMessage>;
  stop(): void;
}

/** Times of one contender's steps: the least and the median. */
export interface StepTimes {
  /** From the fastest step. */
  readonly imagesPerSecond: number;
  readonly medianImagesPerSecond: number;
  /** From the step that took the least CPU time. */
  readonly imagesPerCpuSecond: number;
  readonly peakMegabytes: number;
}

/**
 * Times training steps of several contenders, which take turns after one step each of warming up.
 *
 * @param start starts a contender
 * @throws if one of them fails.
 */
export async function takeTurns<Name extends string>(
  who: readonly Name[],
  start: (name: Name) => Promise<Trainer>,
  { batch, rounds }: { readonly batch: number; readonly rounds: number },
  onStep: (steps: number, note: string) => void,
): Promise<ReadonlyMap<Name, StepTimes>> {
  const running = new Map<Name, { readonly trainer: Trainer; readonly times: StepMessage[] }>();
  let steps = 0;
  try {
    for (const name of who) {
      const trainer = await start(name);
      running.set(name, { trainer, times: [] });
      await trainer.step();
      onStep(++steps, name);
    }
    for (let round = 0; round < rounds; round++) {
      for (const [name, { trainer, times }] of running) {
        times.push(await trainer.step());
        onStep(++steps, name);
      }
    }
  } finally {
    for (const { trainer } of running.values()) trainer.stop();
  }
  return new Map([...running].map(([name, { times }]) => [name, summarizeTimes(times, batch)]));
}

function summarizeTimes(times: readonly StepMessage[], batch: number): StepTimes {
  const rate = (milliseconds: number): number => (1000 * batch) / milliseconds;
  const walls = times.map(({ wallMs }) => wallMs).toSorted((a, b) => a - b);
  return {
    imagesPerSecond: rate(walls[0] ?? Number.NaN),
    medianImagesPerSecond: rate(walls[Math.floor(walls.length / 2)] ?? Number.NaN),
    imagesPerCpuSecond: rate(Math.min(...times.map(({ cpuMs }) => cpuMs))),
    peakMegabytes: Math.max(...times.map(({ peakMegabytes }) => peakMegabytes)),
  };
}
