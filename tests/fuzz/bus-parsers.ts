import { BusConnection } from "../../lib/cluster/bus/bus-connection.ts";
import {
  BUS_VERSION,
  newBusMessage,
  readBusMessage,
  readOpening,
  setOffsets,
  writeOpening,
} from "../../lib/cluster/bus/bus-message.ts";
import { readBeat, writeBeat } from "../../lib/cluster/bus/leader-beat.ts";
import type { ElapsedMs } from "../../lib/protocol/time.ts";
import { claim, type ParserTarget, same } from "./parser-target.ts";

/* What gateways and leaders hear on the bus. */

const NUMBERS = { opener: 2 ** 47 + 5, acceptor: 2 ** 31 + 3 };
const OPENING = writeOpening({ process: "p", node: "hana", number: 1, certificate: "AB:CD" });

function message(...[kind, body]: [Parameters<typeof newBusMessage>[0], Uint8Array?]): Uint8Array {
  const written = newBusMessage(kind, NUMBERS, body);
  setOffsets(written, 0, 2 ** 40);
  return written;
}

/** A connection that has sent something, and notes what it hears. */
function connection() {
  const heard: Uint8Array[] = [];
  const made = new BusConnection({
    ...{ numbers: NUMBERS, isConnected: true, silenceMsMax: 1000 },
    timing: { elapsed: () => 0 as ElapsedMs, startTicks: () => () => {}, atTurnEnd() {} },
    handlers: { data: (_, bytes) => void heard.push(bytes.slice()), close() {} },
    messageBytesMax: () => 100,
    publish: () => true,
    closed() {},
  });
  made.write(new Uint8Array(500));
  return { made, heard };
}

export const BUS_PARSERS: readonly ParserTarget[] = [
  {
    kind: "bytes",
    parsers: [
      ...["lib/cluster/bus/bus-message.ts readBusMessage"],
      ...["lib/cluster/bus/bus-message.ts readOpening"],
    ],
    examples: [
      ...[message("open", OPENING), message("opened"), message("closed"), message("again")],
      ...[message("data", new Uint8Array(20)), newBusMessage("data", NUMBERS, OPENING)],
    ],
    check(bytes) {
      const read = readBusMessage(bytes);
      if (read === null) return;
      const isKnown = read.version === BUS_VERSION;
      claim(isKnown || /^open$|^refused$/.test(read.kind), "versions only refuse each other", read);
      const written = newBusMessage(read.kind, read, read.body);
      setOffsets(written, read.acknowledged, read.offset);
      written[0] = read.version;
      same(readBusMessage(written), read, "a message is read as written");
      const opening = readOpening(read.body);
      if (opening !== null) same(readOpening(writeOpening(opening)), opening, "so is an opening");
      const { made, heard } = connection();
      made.receive(read);
      made.receive(read);
      const isNext = read.kind === "data" && read.offset === 0 && read.acknowledged <= 500;
      const expected = isNext && read.body.length > 0 ? [read.body] : [];
      same(heard, expected, "bytes are heard once, and none after a gap");
      made.tick();
    },
  },
  {
    kind: "bytes",
    parsers: ["lib/cluster/bus/leader-beat.ts readBeat"],
    examples: [writeBeat({ node: "hana", term: 7, sequence: 12 })],
    check(bytes) {
      const beat = readBeat(bytes);
      if (beat === null) return;
      claim(Number.isSafeInteger(beat.term) && beat.term > 0, "a term is a sequence", beat);
      same(readBeat(writeBeat(beat)), beat, "a beat is read as written");
    },
  },
];
