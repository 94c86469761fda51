import { BusConnection } from "../../lib/cluster/bus/bus-connection.ts";
import {
  BUS_VERSION,
  type BusMessage,
  newBusMessage,
  readBusMessage,
  writeHead,
} from "../../lib/cluster/bus/bus-message.ts";
import {
  isProven,
  isUnknown,
  offerConnection,
  readOpening,
  readRefusal,
  takeConnection,
  writeOpened,
  writeOpening,
  writeRefusal,
  writeUnknown,
} from "../../lib/cluster/bus/bus-opening.ts";
import { FrameCipher } from "../../lib/cluster/bus/frame-cipher.ts";
import { drawShare, FrameSecret } from "../../lib/cluster/bus/frame-secret.ts";
import { isLeaders, readBeat, writeBeat } from "../../lib/cluster/bus/leader-beat.ts";
import type { ElapsedMs } from "../../lib/protocol/time.ts";
import { certificate, KEY_ALONE } from "../cluster/bus/certificates.ts";
import { claim, type ParserTarget, same } from "./parser-target.ts";

/* What gateways and leaders hear on the bus. */

const NUMBERS = { opener: 2 ** 47 + 5, acceptor: 2 ** 31 + 3 };
const TERM = 7;
const KEYS = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)] as const;
const SECRET = new FrameSecret(KEY_ALONE.key, "team");
const OTHER_SECRET = new FrameSecret(certificate("other").key, "team");
const SHARE = drawShare();

const OPENING = { process: "p", node: "hana", number: 1, certificate: "AB:CD" };
const OPEN = writeOpening(OPENING, { opener: NUMBERS.opener, term: TERM, share: SHARE }, SECRET);
const REFUSED = writeRefusal("Another certificate", NUMBERS.opener, TERM, SECRET);
const UNKNOWN = writeUnknown(NUMBERS, TERM, [OTHER_SECRET, SECRET]);
const OPENED = opened();
const BEAT = writeBeat({ node: "hana", term: 7, sequence: 12, certificate: "AB:CD" }, SECRET);

function opened(): Uint8Array {
  const offered = offerConnection(SHARE.bytes, NUMBERS, TERM, SECRET);
  if (offered === null) throw new Error("a share is a share");
  return writeOpened(offered);
}

/** What the other end of a connection has said. */
const SAID = (() => {
  const cipher = new FrameCipher(NUMBERS, KEYS[1], KEYS[0]);
  const none = new Uint8Array(0);
  return [
    cipher.seal("data", { acknowledged: 0, offset: 0 }, new Uint8Array(20).fill(9)),
    cipher.seal("acknowledge", { acknowledged: 100, offset: 20 }, none),
    cipher.seal("again", { acknowledged: 0, offset: 20 }, none),
    cipher.seal("data", { acknowledged: 0, offset: 2 ** 40 }, new Uint8Array(20).fill(9)),
    cipher.seal("closed", { acknowledged: 0, offset: 20 }, none),
  ];
})();

/** A connection that has sent something, and notes what it hears. */
function connection() {
  const heard: Uint8Array[] = [];
  const made = new BusConnection({
    ...{ numbers: NUMBERS, isConnected: true, silenceMsMax: 1000 },
    cipher: new FrameCipher(NUMBERS, KEYS[0], KEYS[1]),
    timing: { elapsed: () => 0 as ElapsedMs, startTicks: () => () => {}, atTurnEnd() {} },
    handlers: { data: (_, bytes) => void heard.push(new Uint8Array(bytes)), close() {} },
    messageBytesMax: () => 100,
    publish: () => true,
    forged() {},
    closed() {},
  });
  made.write(new Uint8Array(500));
  return { made, heard };
}

function isOneOf(bytes: Uint8Array, messages: readonly Uint8Array[]): boolean {
  return messages.some((message) => Buffer.compare(bytes, message) === 0);
}

/** Whether two messages are of one opener, and have one body: the rest of the head means nothing before a connection. */
function isSameOpening(message: BusMessage, bytes: Uint8Array): boolean {
  const made = readBusMessage(bytes);
  if (made === null) return false;
  return message.opener === made.opener && Buffer.compare(message.body, made.body) === 0;
}

export const BUS_PARSERS: readonly ParserTarget[] = [
  {
    kind: "bytes",
    parsers: ["lib/cluster/bus/bus-message.ts readBusMessage"],
    examples: SAID,
    check(bytes) {
      const read = readBusMessage(bytes);
      if (read === null) return;
      const isKnown = read.version === BUS_VERSION;
      claim(isKnown || /^open$|^refused$/.test(read.kind), "versions only refuse each other", read);
      const written = newBusMessage(read.kind, read, read.body);
      writeHead(written, read);
      written[0] = read.version;
      same(readBusMessage(written), read, "a message is read as written");
      const { made, heard } = connection();
      made.receive(read);
      made.receive(read);
      const isNext = read.kind === "data" && read.offset === 0;
      const expected = isNext && isOneOf(bytes, SAID) ? [new Uint8Array(20).fill(9)] : [];
      same(heard, expected, "what the other end said is heard once, and nothing else");
      made.tick();
    },
  },
  {
    kind: "bytes",
    parsers: [
      ...["lib/cluster/bus/bus-opening.ts readOpening"],
      ...["lib/cluster/bus/bus-opening.ts readRefusal"],
    ],
    examples: [OPEN, REFUSED, UNKNOWN, OPENED],
    check(bytes) {
      const message = readBusMessage(bytes);
      if (message === null) return;
      const opening = readOpening(message);
      if (opening !== null && isProven(opening, message.opener, TERM, SECRET)) {
        claim(isSameOpening(message, OPEN), "only a gateway's own opening is proven", opening);
      }
      const why = readRefusal(message, TERM, SECRET);
      if (why !== null) same(why, "Another certificate", "only a leader's refusal is read");
      if (isUnknown(message, TERM, SECRET)) {
        const { opener, acceptor } = message;
        same({ opener, acceptor }, NUMBERS, "only a leader forgets a connection");
      }
      const taken = takeConnection(message, SHARE, TERM, SECRET);
      if (taken !== null) claim(isOneOf(bytes, [OPENED]), "only a leader opens", message);
      same(takeConnection(message, drawShare(), TERM, SECRET), null, "and for one gateway alone");
    },
  },
  {
    kind: "bytes",
    parsers: ["lib/cluster/bus/leader-beat.ts readBeat"],
    examples: [BEAT],
    check(bytes) {
      const heard = readBeat(bytes);
      if (heard === null) return;
      const { beat } = heard;
      claim(Number.isSafeInteger(beat.term) && beat.term > 0, "a term is a sequence", beat);
      same(readBeat(writeBeat(beat, SECRET))?.beat, beat, "a beat is read as written");
      if (isLeaders(heard, SECRET)) same(beat, readBeat(BEAT)?.beat, "only a leader's is proven");
    },
  },
];
