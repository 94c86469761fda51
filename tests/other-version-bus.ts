import type { FrameBus, Subject } from "../lib/cluster/engine.ts";

/** Which messages are of another version, and of which one. */
export interface OtherVersion {
  /** The one that this process writes and reads. */
  readonly known: number;
  readonly other: number;
  /** Whether messages on a subject begin with a version. */
  isOf(subject: Subject): boolean;
}

/**
 * Returns a connection to the bus as a process of another version has it: that version is the first byte of what it says, and
 * of what it takes for its own.
 */
export function busOfVersion(bus: FrameBus, { known, other, isOf }: OtherVersion): FrameBus {
  const swapped = (subject: Subject, bytes: Uint8Array): Uint8Array => {
    if (!isOf(subject)) return bytes;
    const copy = bytes.slice();
    if (copy[0] === known) copy[0] = other;
    else if (copy[0] === other) copy[0] = known;
    return copy;
  };
  return {
    get isConnected() {
      return bus.isConnected;
    },
    get messageBytesMax() {
      return bus.messageBytesMax;
    },
    onConnection: (listener) => bus.onConnection(listener),
    publish: (subject, bytes) => bus.publish(subject, swapped(subject, bytes)),
    subscribe: (subject, listener) =>
      bus.subscribe(subject, (bytes) => listener(swapped(subject, bytes))),
  };
}
