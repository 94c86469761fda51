import { expect, test } from "bun:test";
import { type KnownServersPort, ServerTrust } from "../../lib/app/connection/trust-server.ts";
import type { ServerLink } from "../../lib/protocol/server-link.ts";

const [FIRST, SECOND] = ["a".repeat(64), "b".repeat(64)] as const;

function link(fingerprint: string | null = null): ServerLink {
  return { host: "chat.example", port: 6697, fingerprint, invitation: null, room: null };
}

/** One server that is known by this fingerprint; none for `null`, and a sentence for a file that is damaged. */
function knownServers(
  stored: string | null,
  {
    refused,
    wasVouchedFor = false,
    replaced = [],
  }: { refused?: string; wasVouchedFor?: boolean; replaced?: string[] } = {},
): KnownServersPort & {
  stored: string | null;
  wasVouchedFor: boolean;
  replaces: string | null;
} {
  return {
    replaces: null,
    stored,
    wasVouchedFor,
    recognize(_host, _port, fingerprint) {
      if (refused !== undefined) return { refused };
      if (this.stored === null) return { kind: "unknown" };
      return this.stored === fingerprint
        ? { kind: "same", replaced }
        : { kind: "changed", before: this.stored, wasVouchedFor: this.wasVouchedFor };
    },
    remember(_host, _port, fingerprint, _now, { isVouchedFor, replaces = null }) {
      this.replaces = replaces;
      this.stored = fingerprint;
      this.wasVouchedFor = isVouchedFor;
      return null;
    },
  };
}

test("a server that was trusted before is accepted, with the same certificate only", () => {
  const trust = new ServerTrust(link(), knownServers(FIRST));
  expect(trust.accepts(FIRST, false)).toBe(true);
  expect(trust.accepts(SECOND, false)).toBe(false);
  expect(trust.refusal(SECOND)).toEqual({
    ...{ kind: "changed", known: FIRST, fingerprint: SECOND, source: "memory" },
  });
});

test("an unknown server is refused, unless an authority vouches for it", () => {
  const trust = new ServerTrust(link(), knownServers(null));
  expect(trust.accepts(FIRST, false)).toBe(false);
  expect(trust.refusal(FIRST)).toEqual({ kind: "unknown", fingerprint: FIRST });
  expect(trust.accepts(FIRST, true)).toBe(true);
});

test("a link doesn't replace a certificate that is remembered", () => {
  for (const wasVouchedFor of [false, true]) {
    const known = knownServers(SECOND, { wasVouchedFor });
    const trust = new ServerTrust(link(FIRST), known);
    expect(trust.accepts(SECOND, false)).toBe(false);
    expect(trust.refusal(SECOND)).toEqual({
      ...{ kind: "changed", known: FIRST, fingerprint: SECOND, source: "link" },
    });
    expect(trust.accepts(FIRST, false)).toBe(false);
    expect(trust.refusal(FIRST)).toEqual({
      ...{ kind: "changed", known: SECOND, fingerprint: FIRST, source: "conflict" },
    });
    expect(known.stored).toBe(SECOND);
  }
});

test("at a first contact the link's fingerprint is trusted, and stored", () => {
  const known = knownServers(null);
  const trust = new ServerTrust(link(FIRST), known);
  expect(trust.accepts(SECOND, false)).toBe(false);
  expect(trust.accepts(FIRST, false)).toBe(true);
  trust.connected(FIRST, false, 0);
  expect(known.stored).toBe(FIRST);
});

test("a certificate that the user confirmed by the end of its fingerprint is stored in place of any other", () => {
  for (const [stored, linked] of [
    [SECOND, null],
    [SECOND, SECOND],
    [null, null],
  ] as const) {
    const known = knownServers(stored);
    const trust = new ServerTrust(link(linked), known, FIRST.slice(-16));
    expect(trust.accepts(FIRST, false)).toBe(true);
    expect(trust.accepts("c".repeat(64), false)).toBe(false);
    trust.connected(FIRST, false, 0);
    expect([known.stored, known.replaces]).toEqual([FIRST, stored]);
  }
  expect(new ServerTrust(link(), knownServers(SECOND), "aaaa").accepts(FIRST, false)).toBe(false);
});

test("where an authority vouches for the server, no old fingerprint is an obstacle", () => {
  for (const known of [knownServers(FIRST), knownServers(FIRST, { wasVouchedFor: true })]) {
    for (const trust of [new ServerTrust(link(), known), new ServerTrust(link(FIRST), known)]) {
      known.stored = FIRST;
      expect(trust.accepts(SECOND, true)).toBe(true);
      trust.connected(SECOND, true, 0);
      expect([known.stored, known.wasVouchedFor]).toEqual([SECOND, true]);
    }
  }
});

test("an old link works again once the new certificate was confirmed in place of its own", () => {
  const known = knownServers(SECOND, { replaced: [FIRST] });
  const trust = new ServerTrust(link(FIRST), known);
  expect(trust.accepts(SECOND, false)).toBe(true);
  trust.connected(SECOND, false, 0);
  expect(known.stored).toBe(SECOND);
  expect(new ServerTrust(link("c".repeat(64)), known).accepts(SECOND, false)).toBe(false);
  expect(new ServerTrust(link(FIRST), knownServers(SECOND)).accepts(SECOND, false)).toBe(false);
});

test("a server for which an authority vouched is refused when nobody does any more", () => {
  const known = knownServers(null);
  const trust = new ServerTrust(link(), known);
  trust.connected(FIRST, true, 0);
  expect(trust.accepts(SECOND, false)).toBe(false);
  expect(trust.refusal(SECOND)).toEqual({
    ...{ kind: "changed", known: FIRST, fingerprint: SECOND, source: "authority" },
  });
  expect(new ServerTrust(link(SECOND), known).accepts(SECOND, false)).toBe(false);
});

test("without a fingerprint in the link and an authority, connecting stores nothing", () => {
  const known = knownServers(null);
  new ServerTrust(link(), known).connected(FIRST, false, 0);
  new ServerTrust(link(FIRST), known).connected(null, false, 0);
  expect(known.stored).toBeNull();
});

test("a damaged file of known servers isn't treated as empty", () => {
  for (const linked of [null, FIRST]) {
    const trust = new ServerTrust(link(linked), knownServers(null, { refused: "It is damaged." }));
    expect(trust.accepts(FIRST, false)).toBe(false);
    expect(trust.refusal(FIRST)).toEqual({ kind: "refused-file", text: "It is damaged." });
  }
});
