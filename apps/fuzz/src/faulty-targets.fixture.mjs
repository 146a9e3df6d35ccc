// Targets with every fault that the watch over a thread has to see.
const target = (run) => ({ extension: '.bin', named: 'the-file', generate: () => new Uint8Array(64).fill(1), run });

const targets = {
  good: target(() => {
    throw new Error('the-file: it is not what it should be.');
  }),
  nameless: target(() => {
    throw new Error('It is not what it should be.');
  }),
  internal: target(() => undefined.field),
  hang: target(() => {
    for (;;);
  }),
  memory: target(() => new Uint8Array(2 ** 28).fill(1)),
  heap: target(() => {
    const kept = [];
    for (;;) kept.push([kept.length]);
  }),
  forgotten: target(async () => {
    void Promise.reject(new Error('nobody hears this'));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }),
  needle: target((input) => {
    if (input.includes(7)) throw new TypeError('found');
  }),
};

export async function openTarget(name) {
  if (!Object.hasOwn(targets, name)) throw new Error(`There is no fuzz target '${name}'.`);
  return targets[name];
}
