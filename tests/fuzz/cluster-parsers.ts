import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConversationId } from "../../lib/chat-server/event.ts";
import type { LogEntry } from "../../lib/cluster/engine.ts";
import { readClaim, writeClaim } from "../../lib/cluster/log/log-founding.ts";
import { formatOrigin, parseOrigin } from "../../lib/cluster/log/log-origin.ts";
import { cutIntoPieces, PieceJoiner } from "../../lib/cluster/log/pieces.ts";
import { decodeRecord, encodeRecord, type WrittenRecord } from "../../lib/cluster/log/record.ts";
import {
  type NodeReport,
  readNodeReport,
  writeNodeReport,
} from "../../lib/cluster/nodes/node-report.ts";
import { Seal } from "../../lib/cluster/seal.ts";
import { decodeListing, encodeListing } from "../../lib/cluster/transfer/folder-listing.ts";
import { decodeListingLine, TransferSeal } from "../../lib/cluster/transfer/transfer-message.ts";
import { isDataFile } from "../../lib/file-manager/folder-files.ts";
import { makeClusterKey, readClusterKey } from "../../lib/file-manager/record-log/cluster-key.ts";
import { readClusterState } from "../../lib/file-manager/record-log/cluster-state.ts";
import { openLocalLog, readLocalLog } from "../../lib/file-manager/record-log/local-log.ts";
import { readLoggedChanges } from "../../lib/file-manager/record-log/logged-changes.ts";
import { readNodeFolder } from "../../lib/file-manager/record-log/node-folder.ts";
import {
  PositionFile,
  readReachedPosition,
} from "../../lib/file-manager/record-log/position-file.ts";
import { formatEntry, formatGone } from "../../lib/file-manager/record-log/record-file.ts";
import { readRecordedChange } from "../../lib/file-manager/record-log/recorded-changes.ts";
import { UnreadableRecord } from "../../lib/protocol/unreadable-record.ts";
import { claim, type ParserTarget, same } from "./parser-target.ts";

/* What nodes of a cluster read of each other, and of the log on their disk. */

const SEAL = new Seal(new Uint8Array(32).fill(7));
const RECORDS: readonly WrittenRecord[] = [
  { kind: "lead", node: "k3vq5m2x" },
  { kind: "yield", term: 7, number: 3, to: null },
  {
    ...{ kind: "turn", term: 7, number: 2 },
    consumed: [{ gateway: "k3vq5m2x", link: 7, offset: 12 }],
    changes: [
      {
        ...{ kind: "event", conversation: "room.tea.1" as ConversationId },
        stored: '{"at":1,"text":"hi"}',
      },
    ],
    ...{ told: [{ after: 1 }], upMs: 5 },
    parts: [{ key: "a", value: [1] }],
  },
];
const BYTES = RECORDS.flatMap((record) => [encodeRecord(record, null), encodeRecord(record, SEAL)]);
const ENTRIES = RECORDS.map((record, index) =>
  formatEntry({ sequence: index + 2, id: `7-${index}`, bytes: encodeRecord(record, null) }),
);

const NODE_REPORT: NodeReport = {
  ...{ process: "hana-1f2e", node: "hana", version: "1.0.0", role: "leader", leadsSince: 1_700 },
  ...{ position: 12, saved: 7, takenBack: 0, differing: ["motd"], isLeaving: false },
  gateways: [{ node: "hana", number: 1, links: 3, isLeaving: false }],
};
const TRANSFER = new TransferSeal(SEAL);
const READER = "abcdefghij234567";
const HASH = "0123456789abcdef".repeat(4);
const LISTED = [
  { path: "history/room.tea.1/2026-11-22.jsonl", size: 12, hash: HASH, mode: 0o600 },
  { path: "users.json", size: 0, hash: HASH, mode: 0o640 },
];
const PATHS = [
  "gone/a/2026-11-22.jsonl",
  "rooms.json",
  "audit-2026.jsonl",
  "../etc",
  "a/../b",
  "C:\\a",
];
const HEADS = [
  { kind: "folder", round: 1, wrong: [HASH] },
  { kind: "read", hash: HASH, offset: 5, length: 6 },
  { kind: "preparing", round: 1, files: 2, bytes: 3 },
  { kind: "listed", round: 1, sequence: 9, hash: HASH, size: 7 },
  { kind: "bytes", hash: HASH, offset: 8 },
  { kind: "missing", hash: HASH },
  { kind: "failed", round: 1, why: "It burns." },
];

/** Runs with a folder that has one file. */
function withFile(name: string, bytes: Uint8Array, run: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "sodam-fuzz-"));
  try {
    writeFileSync(join(folder, name), bytes);
    run(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const CLUSTER_PARSERS: readonly ParserTarget[] = [
  {
    kind: "bytes",
    parsers: ["lib/cluster/log/record.ts decodeRecord"],
    examples: BYTES,
    check(bytes) {
      for (const seal of [null, SEAL]) {
        const decoded = decodeRecord(bytes, seal);
        if ("unreadable" in decoded || decoded.record.kind === "unknown") continue;
        // The cast: changes are written as they were read.
        const written = encodeRecord(decoded.record as WrittenRecord, null);
        same(decodeRecord(written, null), decoded, "a record is read as written");
      }
      const joiner = new PieceJoiner();
      joiner.push(bytes);
      let joined: Uint8Array | null = null;
      for (const piece of cutIntoPieces("a", bytes, 300) ?? []) joined = joiner.push(piece.bytes);
      claim(Buffer.from(joined ?? []).equals(bytes), "pieces give the whole");
    },
  },
  {
    kind: "bytes",
    parsers: ["lib/file-manager/record-log/local-log.ts readLocalLog"],
    isSlow: true,
    examples: [Buffer.concat([formatGone(1), ...ENTRIES]), Buffer.concat(ENTRIES)],
    check(bytes) {
      withFile("records.journal", bytes, (folder) => {
        const beside = readLocalLog(folder);
        const opened = openLocalLog(folder, { release: () => {} });
        if ("refused" in beside || "refused" in opened) return claim(false, "the log opens");
        const read: LogEntry[][] = [[], []];
        const entry = (index: number) => (each: LogEntry) => void read[index]?.push(each);
        beside.reader.follow(1, { entry: entry(0) }).end();
        beside.reader.close();
        opened.log.follow(1, { entry: entry(1) })();
        same(read[0], read[1], "a reader and the writer see the same");
      });
    },
  },
  {
    kind: "bytes",
    parsers: [
      "lib/file-manager/record-log/logged-changes.ts readLoggedChanges",
      "lib/file-manager/record-log/recorded-changes.ts readRecordedChange",
    ],
    isSlow: true,
    examples: [Buffer.concat([formatGone(1), ...ENTRIES]), Buffer.concat(ENTRIES)],
    check(bytes) {
      withFile("records.journal", bytes, (folder) => {
        const logged = readLoggedChanges(folder);
        if (logged === null || "refused" in logged) return claim(false, "a log is read");
        for (const change of logged.changes) {
          try {
            readRecordedChange(change);
          } catch (error) {
            if (!(error instanceof UnreadableRecord)) throw error;
            claim(error.message.endsWith("."), "why it can't be read is a sentence");
          }
        }
        for (const report of logged.reports) claim(report.endsWith("."), "a report is a sentence");
      });
    },
  },
  {
    kind: "bytes",
    parsers: [
      "lib/file-manager/record-log/cluster-state.ts readClusterState",
      "lib/file-manager/record-log/node-folder.ts readNodeFolder",
    ],
    isSlow: true,
    examples: [
      Buffer.from(
        '{"format":1,"cluster":"team","sequence":7,"parts":[{"key":"a","value":1}],"consumed":[{"gateway":"g","link":1,"offset":2}]}',
      ),
    ],
    check(bytes) {
      withFile("cluster.json", bytes, (folder) => {
        const read = readClusterState(folder);
        if ("refused" in read) claim(read.refused.endsWith("."), "a refusal is a sentence");
        else claim(read.state !== null, "a file that is there is read or refused");
        const isOther = "state" in read && read.state?.cluster !== "team";
        const refused = "refused" in readNodeFolder(folder, "team");
        same(refused, "refused" in read || isOther, "a node's folder has it");
      });
    },
  },
  {
    kind: "bytes",
    parsers: ["lib/file-manager/record-log/position-file.ts readReachedPosition"],
    isSlow: true,
    examples: [
      Buffer.from("                    7 led\n"),
      Buffer.from("             12 followed\n"),
    ],
    check(bytes) {
      withFile("cluster.position", bytes, (folder) => {
        const read = readReachedPosition(folder);
        if (read === null) return;
        const file = new PositionFile(folder, () => claim(false, "a position is written"));
        file.write(read);
        file.close();
        same(readReachedPosition(folder), read, "a position is read as written");
      });
    },
  },
  {
    kind: "bytes",
    parsers: ["lib/cluster/log/log-founding.ts readClaim"],
    examples: [Buffer.from('{"node":"a-1","reached":7,"led":true}')],
    check(bytes) {
      const claimed = readClaim(bytes);
      if (claimed !== null)
        same(readClaim(writeClaim(claimed)), claimed, "a claim is read as said");
    },
  },
  {
    kind: "text",
    parsers: ["lib/cluster/log/log-origin.ts parseOrigin"],
    examples: [formatOrigin({ after: 7, previous: 5, hasMore: true, keyId: "0123456789ab" })],
    check(text) {
      const origin = parseOrigin(text);
      if (origin !== null)
        same(parseOrigin(formatOrigin(origin)), origin, "an origin is read as written");
    },
  },
  {
    kind: "bytes",
    parsers: ["lib/file-manager/record-log/cluster-key.ts readClusterKey"],
    isSlow: true,
    examples: [Buffer.from(`${"0123456789abcdef".repeat(4)}\n`)],
    check(bytes) {
      withFile("cluster.key", bytes, (folder) => {
        const read = readClusterKey(folder);
        if ("key" in read && read.key !== null) new Seal(read.key);
        same(makeClusterKey(folder), readClusterKey(folder), "a key is read as made");
      });
    },
  },
  {
    kind: "text",
    parsers: [
      "lib/cluster/transfer/folder-listing.ts decodeListing",
      "lib/cluster/transfer/transfer-message.ts decodeListingLine",
    ],
    examples: [[...encodeListing(LISTED)].join(""), JSON.stringify(LISTED[0])],
    check(text) {
      decodeListingLine(text);
      const decoded = decodeListing(text, isDataFile);
      if ("refused" in decoded) return;
      for (const { path } of decoded.files)
        claim(isDataFile(path), "a listed name is a file's", path);
      same(
        decodeListing([...encodeListing(decoded.files)].join(""), isDataFile),
        decoded,
        "a listing is read as written",
      );
    },
  },
  {
    kind: "text",
    parsers: [],
    examples: PATHS,
    check(path) {
      if (!isDataFile(path)) return;
      same(join("/data", path), `/data/${path}`, "a file of the folder is in the folder");
      claim(!/[\0\\]|(^|\/)\./.test(path), "a file of the folder isn't hidden", path);
    },
  },
  {
    kind: "json",
    parsers: [],
    examples: HEADS,
    check(head) {
      // The casts: what the other end sealed may be anything.
      const request = TRANSFER.openRequest(TRANSFER.request(READER, head as never));
      if (request !== null && "request" in request) {
        same(request.reader, READER, "a request has its reader");
        const again = TRANSFER.openRequest(TRANSFER.request(READER, request.request));
        same(again, request, "a request is read as written");
      }
      const answer = TRANSFER.openAnswer(TRANSFER.answer(READER, head as never), READER);
      if (answer !== null && "answer" in answer) {
        const again = TRANSFER.openAnswer(TRANSFER.answer(READER, answer.answer), READER);
        same(again, answer, "an answer is read as written");
      }
    },
  },
  {
    kind: "json",
    parsers: ["lib/cluster/nodes/node-report.ts readNodeReport"],
    examples: [NODE_REPORT],
    check(report) {
      // The cast: what another node sealed may be anything.
      const read = readNodeReport(writeNodeReport(report as never, SEAL), SEAL);
      if (read === null) return;
      same(readNodeReport(writeNodeReport(read, SEAL), SEAL), read, "a report is read as written");
      claim(
        read.gateways.every(({ links }) => Number.isFinite(links)),
        "links are counted",
        read,
      );
    },
  },
  {
    kind: "bytes",
    parsers: [],
    examples: [TRANSFER.request(READER, { kind: "end" })],
    check(bytes) {
      const opened = TRANSFER.openRequest(bytes);
      if (opened !== null) claim(READER.length === opened.reader.length, "a reader has an id");
      claim(
        TRANSFER.openAnswer(bytes, READER) === null || opened !== null,
        "a request is no answer",
      );
    },
  },
];
