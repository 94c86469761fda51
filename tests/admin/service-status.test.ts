import { expect, test } from "bun:test";
import { adminWords } from "../../lib/admin/admin-words.ts";
import { answerToJson, formatAnswer } from "../../lib/admin/format-answer.ts";
import { NodeRegistry } from "../../lib/cluster/nodes/node-registry.ts";
import type { NodeReport } from "../../lib/cluster/nodes/node-report.ts";
import { formatAdminAnswer, parseAdminAnswer } from "../../lib/protocol/admin/admin-answer.ts";
import type { ElapsedMs } from "../../lib/protocol/time.ts";
import {
  clusterStatus,
  machineStatus,
  ONE_PROCESS,
} from "../../lib/server-process/node/service-status.ts";

/** What `status` says of a service's processes and machines. */

const ENGLISH = adminWords("en");
const KOREAN = adminWords("ko");

function reportOf(node: string, more: Partial<NodeReport> = {}): NodeReport {
  return {
    ...{ process: `${node}-1`, node, version: "1.0.0", role: "standby", leadsSince: 0 },
    ...{ position: 40, saved: 30, takenBack: 0, differing: [], gateways: [], isLeaving: false },
    ...more,
  };
}

/** Two nodes, of which one is three seconds behind. */
function registryOf(): NodeRegistry {
  let nowMs = 0;
  const registry = new NodeRegistry(() => nowMs as ElapsedMs);
  const leadsSince = Date.UTC(2026, 10, 29, 18);
  const gateways = [{ node: "a", number: 1, links: 7, isLeaving: false }];
  registry.heard(reportOf("a", { role: "leader", leadsSince, gateways, position: 44 }));
  nowMs = 3000;
  registry.heard(reportOf("b", { differing: ["motd", "guests"] }));
  return registry;
}

function shown(status: ReturnType<typeof clusterStatus>, words = ENGLISH): string[] {
  const answer = parseAdminAnswer(formatAdminAnswer({ kind: "facts", ...status }));
  if (answer === null || answer.kind === "rows") throw new Error("it isn't read");
  return formatAnswer(answer, words);
}

test("a cluster's status says in words who leads, who follows how far behind, and whose settings differ", () => {
  const status = clusterStatus("tea", registryOf(), { first: 11, last: 50, bytes: 4096 });
  expect(shown(status)).toEqual([
    "a leads the cluster tea since 2026-11-29 18:00:00Z.",
    "b follows, 4 records (3 s) behind.",
    "The settings of b differ from the cluster's: motd, guests.",
    "",
    "cluster             tea",
    "leader              a",
    "leads since         2026-11-29 18:00:00Z",
    "records in the log  40",
    "size of the log     4.0 KB",
    "",
    "Nodes:",
    "node  role     version  has record  saved record  records behind  behind for  files missing  settings that differ",
    "a     leads    1.0.0    44          30            0               0s          0              -",
    "b     follows  1.0.0    40          30            4               3s          0              motd, guests",
    "",
    "Gateways:",
    "node  gateway  connections  leaves",
    "a     1        7            no",
  ]);
  const korean = shown(status, KOREAN);
  expect(korean[0]).toBe("tea 클러스터를 이끄는 노드: a (2026-11-29 18:00:00Z부터)");
  expect(korean[2]).toBe("클러스터와 다른 설정이 있는 노드: b (motd, guests)");
});

test("a cluster's status says which node lacks files, the leader too, before somebody switches another off", () => {
  const registry = new NodeRegistry(() => 0 as ElapsedMs);
  registry.heard(reportOf("a", { role: "leader", leadsSince: 1, missingFiles: 1 }));
  registry.heard(reportOf("b", { missingFiles: 12 }));
  registry.heard(reportOf("c"));
  const status = clusterStatus("tea", registry, null);
  expect(shown(status).slice(1, 4)).toEqual([
    "a lacks 1 file that people sent. Keep the other nodes running until it has fetched it.",
    "b lacks 12 files that people sent. Keep the other nodes running until it has fetched them.",
    "c follows, and has everything.",
  ]);
  expect(shown(status, KOREAN)[2]).toBe(
    "사람들이 보낸 파일이 빠진 노드: b (12개). 다 받을 때까지 다른 노드를 끄지 마세요.",
  );
  expect(status.tables["nodes"]).toMatchObject([
    { node: "a", missingFiles: 1 },
    { node: "b", missingFiles: 12 },
    { node: "c", missingFiles: 0 },
  ]);
});

test("a cluster's status is one object of JSON, with its nodes and gateways", () => {
  const status = clusterStatus("tea", registryOf(), null);
  const json = JSON.parse(answerToJson({ kind: "facts", ...status }, ENGLISH));
  expect(json).toMatchObject({
    ...{ cluster: "tea", leader: "a", logBytes: null },
    nodes: [
      { node: "a", role: "leader" },
      { node: "b", role: "standby", behindRecords: 4, behindSeconds: 3 },
    ],
    gateways: [{ node: "a", gateway: 1, connections: 7 }],
  });
});

test("a cluster that nobody leads says so, and so do a server with gateways and one without", () => {
  const nobody = clusterStatus("tea", new NodeRegistry(() => 0 as ElapsedMs), null);
  expect(shown(nobody)[0]).toStartWith("Nobody leads the cluster tea.");
  expect(shown(ONE_PROCESS)[0]).toStartWith("This server is one process, without a cluster");
  const gateway = { number: 1, pid: 7, isLeaving: false, links: 3, memoryBytes: 1 << 20 };
  const loopDelay = { meanMs: 1, maxMs: 2 };
  const machine = machineStatus([{ ...gateway, loopDelay }], { first: 1, last: 9, bytes: 900 });
  expect(shown(machine)[0]).toStartWith("1 gateway of this machine holds 3 connections");
  expect(machine.tables.gateways).toMatchObject([{ gateway: 1, connections: 3 }]);
  expect(machine.facts).toEqual({ logRecords: 9, logBytes: 900 });
});
