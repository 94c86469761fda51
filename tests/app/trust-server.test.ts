import { expect, test } from "bun:test";
import { type KnownServersPort, ServerTrust } from "../../lib/app/connection/trust-server.ts";
import type { ServerLink } from "../../lib/protocol/server-link.ts";

const [FIRST, SECOND] = ["a".repeat(64), "b".repeat(64)] as const;

function link(fingerprint: string | null = null): ServerLink {
  return { host: "chat.example", port: 6697, fingerprint, invitation: null };
}

/** One server that is known by this fingerprint; none for `null`, and a sentence for a file that is damaged. */
function knownServers(
  stored: string | null,
  refused?: string,
): KnownServersPort & { stored: string | null } {
  return {
    path: "known-servers.json",
    stored,
    recognize(_host, _port, fingerprint) {
      if (refused !== undefined) return { refused };
      if (this.stored === null) return { kind: "unknown" };
      return this.stored === fingerprint
        ? { kind: "same" }
        : { kind: "changed", before: this.stored };
    },
    remember(_host, _port, fingerprint) {
      this.stored = fingerprint;
      return null;
    },
  };
}

test("a server that was trusted before is accepted, with the same certificate only", () => {
  const trust = new ServerTrust(link(), knownServers(FIRST));
  expect(trust.accepts(FIRST, false)).toBe(true);
  expect(trust.accepts(SECOND, false)).toBe(false);
  expect(trust.refusal(SECOND)).toEqual({
    ...{ kind: "changed", known: FIRST, fingerprint: SECOND, file: "known-servers.json" },
  });
});

test("an unknown server is refused, unless an authority has signed its certificate", () => {
  const trust = new ServerTrust(link(), knownServers(null));
  expect(trust.accepts(FIRST, false)).toBe(false);
  expect(trust.refusal(FIRST)).toEqual({ kind: "unknown", fingerprint: FIRST });
  expect(trust.accepts(FIRST, true)).toBe(true);
});

test("the link's fingerprint overrides everything else, and is stored", () => {
  const known = knownServers(SECOND);
  const trust = new ServerTrust(link(FIRST), known);
  expect(trust.accepts(SECOND, true)).toBe(false);
  expect(trust.refusal(SECOND)).toEqual({
    ...{ kind: "changed", known: FIRST, fingerprint: SECOND, file: null },
  });
  expect(trust.accepts(FIRST, false)).toBe(true);
  expect(known.stored).toBe(SECOND);
  trust.connected(0);
  expect(known.stored).toBe(FIRST);
});

test("without a fingerprint in the link, connecting stores nothing", () => {
  const known = knownServers(null);
  new ServerTrust(link(), known).connected(0);
  expect(known.stored).toBeNull();
});

test("a damaged file of known servers isn't treated as empty", () => {
  const trust = new ServerTrust(link(), knownServers(null, "It is damaged."));
  expect(trust.accepts(FIRST, false)).toBe(false);
  expect(trust.refusal(FIRST)).toEqual({ kind: "refused-file", text: "It is damaged." });
});
