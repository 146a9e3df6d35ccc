export function lockRounds(options: {
  readonly rounds: number;
  readonly starters?: number;
  readonly seed?: number;
  readonly onRound?: (round: number, problems: number) => void;
}): Promise<readonly string[]>;
