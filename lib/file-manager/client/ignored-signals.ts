import { readFileSync } from "node:fs";

/**
 * Returns whether the program was told to go on when its terminal closes (SIGHUP), by `nohup` or the like: a listener of
 * its own would undo that. Only Linux tells; elsewhere a program without any terminal probably was.
 */
export function isHangUpIgnored({ stdin, stdout, stderr }: typeof process): boolean {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    const [, mask = "0"] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(status) ?? [];
    // A bit for each signal, and SIGHUP is the first.
    return (BigInt(`0x${mask}`) & 1n) === 1n;
  } catch {
    return ![stdin, stdout, stderr].some((stream) => stream.isTTY);
  }
}
