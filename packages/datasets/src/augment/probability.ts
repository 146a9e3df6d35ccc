/** Refuses a value that is not a probability, naming where it was given. */
export function checkProbability(name: string, probability: number): void {
  if (!(probability >= 0 && probability <= 1)) {
    throw new RangeError(`${name}: a probability is a number 0…1, is ${probability}`);
  }
}
