import { createHash } from 'node:crypto';
import { networkBuilder, scalarParameter } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { engineMemory, EngineMemoryFullError } from './engine-memory.js';
import { type EventEngine, eventEngine } from './event-engine.js';

describe('engineMemory', () => {
  it('refuses what there is no room for, and hands out the same place to what fits', () => {
    const memory = engineMemory({ mostBytes: 2 ** 21 });
    const first = memory.allocate(1000);
    expect(() => memory.allocate(2 ** 22)).toThrow(EngineMemoryFullError);
    expect(() => memory.allocate(2 ** 40)).toThrow(/no room for another 1099512 MB, and it cannot grow beyond 3 MB/);
    const second = memory.allocate(2 ** 19);
    expect(second - first).toBeLessThan(2000);
    expect(memory.memory.buffer.byteLength).toBeLessThanOrEqual(2 ** 21);
  });

  it('does not keep a constant that it had no room for', () => {
    const memory = engineMemory({ mostBytes: 2 ** 21 });
    expect(() => memory.constant(['bit positions', 'large'], () => new Float32Array(2 ** 20))).toThrow(
      EngineMemoryFullError,
    );
    const address = memory.constant(['bit positions', 'large'], () => Float32Array.of(7));
    expect(new Float32Array(memory.memory.buffer, address, 1)[0]).toBe(7);
  });
});

describe('an engine whose memory is full', () => {
  it('refuses a run that needs more, and still runs those that need less', async () => {
    const build = networkBuilder();
    const neuron = build.neuron('neuron', build.input('x', [32, 32, 16]), {
      kind: 'if',
      parameters: {
        threshold: scalarParameter('threshold', 1),
        initialPotential: scalarParameter('initialPotential', 0.5),
      },
    });
    build.output('y', neuron);
    const network = build.build();
    const batch = { shape: [1, 32, 32, 16], images: new Float32Array(32 * 32 * 16).fill(0.3) };
    const bytesOf = (from: EventEngine): string => {
      const { data } = from.simulate(batch, { steps: 4 }).outputs.get('y') ?? { data: new Float32Array() };
      return createHash('sha256').update(new Uint8Array(data.buffer)).digest('hex');
    };
    const engine = await eventEngine(network, { mostMemoryBytes: 2 ** 21 });
    const expected = bytesOf(await eventEngine(network));
    expect(bytesOf(engine)).toBe(expected);
    const all = [
      { kind: 'mean-input', node: 'neuron' },
      { kind: 'spikes', node: 'neuron' },
    ] as const;
    for (let again = 0; again < 2; again++) {
      expect(() => engine.simulate(batch, { steps: 32, probes: all })).toThrow(EngineMemoryFullError);
      expect(bytesOf(engine)).toBe(expected);
    }
    expect(engine.memoryBytes).toBeLessThanOrEqual(2 ** 21);
  });
});
