import type { TCPSocketListener } from "bun";

/** A port on which somebody comes all the time is closed after so many turns of the loop. */
const ACCEPT_TURNS_MAX = 200;

/**
 * Closes a port after a turn of the event loop in which nobody came, since the system resets the connections of those
 * who wait to be accepted then. Resolves when it is closed.
 *
 * @param admitted returns how many connections were accepted so far
 */
export async function closeWhenQuiet(
  listener: Pick<TCPSocketListener, "stop">,
  admitted: () => number,
): Promise<void> {
  const nextTurn = () => new Promise<void>((resolve) => void setImmediate(resolve));
  await nextTurn();
  for (let turn = 0, before = -1; turn < ACCEPT_TURNS_MAX && before !== admitted(); turn += 1) {
    before = admitted();
    await nextTurn();
  }
  listener.stop(false);
}
