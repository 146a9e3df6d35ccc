import { readFileSync } from 'node:fs';

/**
 * The most memory that this process has held, in megabytes. Linux tells it in /proc; what `resourceUsage` tells there includes the process
 * that this one was forked from, and is taken only where there is no other.
 */
export function peakMegabytes(): number {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    if (kilobytes !== undefined) return Number(kilobytes) / 1024;
  } catch {
    // Another system: what Node tells.
  }
  return process.resourceUsage().maxRSS / 1024;
}
