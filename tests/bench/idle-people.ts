import { parseArgs } from "node:util";
import { arriveAtLast, each, join } from "./load.ts";

/*
 * People who connect, join rooms of twenty, and do nothing, until standard input ends:
 * `bun tests/bench/idle-people.ts --port PORT --address 127.0.1.1 --first N --count N`. A process of its own, since one
 * can't have tens of thousands of sockets.
 */

const ROOM_SIZE = 20;
/** All processes together stay below the backlog of a port: what overflows it is sent again after seconds. */
const AT_ONCE = 40;

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "" },
    address: { type: "string", default: "" },
    first: { type: "string", default: "0" },
    count: { type: "string", default: "0" },
  },
});
const target = {
  ...{ host: "127.0.0.1", port: Number(values.port), tls: true },
  localAddress: values.address,
};
const first = Number(values.first);
await each(Number(values.count), AT_ONCE, async (index) => {
  const number = first + index;
  const peer = await arriveAtLast(target, `i${number}`);
  await join(peer, `#idle${Math.floor(number / ROOM_SIZE)}`);
  await peer.settle();
});
process.stdout.write("ready\n");
for await (const _ of process.stdin) {
  // Nothing is said: only the end of it counts.
}
process.exit(0);
