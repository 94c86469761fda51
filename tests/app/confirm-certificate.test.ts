import { expect, test } from "bun:test";
import { confirmCertificate } from "../../lib/app/connection/confirm-certificate.ts";
import { parseRoomName } from "../../lib/protocol/names.ts";
import type { ServerLink } from "../../lib/protocol/server-link.ts";

const SHOWN = `${"0".repeat(48)}1a2b3c4d5e6f7081`;
const OTHER = "1".repeat(64);
const LINK: ServerLink = {
  ...{ host: "chat.example", port: 6697, fingerprint: OTHER },
  ...{ invitation: "old", room: parseRoomName("#tea") },
};
const CONFIRMED = { kind: "confirmed", link: { ...LINK, fingerprint: SHOWN } };

test.each([
  "1a2b3c4d5e6f7081",
  "1a2b 3c4d 5e6f 7081",
  "1A2B 3C4D 5E6F 7081",
  " 1a:2b:3c:4d:5e:6f:70:81 ",
  "…1a2b-3c4d-5e6f-7081",
  "１ａ２ｂ ３ｃ４ｄ ５ｅ６ｆ ７０８１",
  "0000 1a2b 3c4d 5e6f 7081",
  SHOWN,
  `sodam://chat.example/fp-${SHOWN}`,
  `sodam://chat.example:6697/#fp=${SHOWN}`,
  // The same certificate, by another name of the server.
  `sodam://192.0.2.7/fp-${SHOWN}`,
  `bun client.ts 'sodam://chat.example/fp-${SHOWN}'`,
])("%j confirms the certificate", (typed) => {
  expect(confirmCertificate(LINK, SHOWN, typed)).toEqual(CONFIRMED as never);
});

test("a new link's invitation and room take the place of the old ones", () => {
  const typed = `sodam://chat.example/fp-${SHOWN}/invite-new/room-cake`;
  const room = parseRoomName("#cake");
  expect(confirmCertificate(LINK, SHOWN, typed)).toEqual({
    ...{ kind: "confirmed", link: { ...LINK, fingerprint: SHOWN, invitation: "new", room } },
  });
});

test.each([
  ["", "too-short"],
  ["7081", "too-short"],
  // Somebody in the middle can make a certificate that ends in these eight.
  ["5e6f 7081", "too-short"],
  ["a2b3c4d5e6f7081", "too-short"],
  ["1a2b 3c4d 5e6f 7082", "wrong"],
  // The beginning is no proof: it is not what the owner was asked for.
  ["00000000", "wrong"],
  ["yes", "wrong"],
  [`${SHOWN}${SHOWN}`, "wrong"],
  [OTHER, "wrong"],
  [`sodam://chat.example/fp-${OTHER}`, "wrong"],
  ["sodam://chat.example/invite-new", "no-fingerprint"],
  [`sodam://chat.example:7000/fp-${OTHER}`, "other-server"],
  [`sodam://chat.example/fp-${SHOWN.slice(1)}`, "cut-link"],
])("%j confirms nothing: %s", (typed, kind) => {
  expect(confirmCertificate(LINK, SHOWN, typed)).toEqual({ kind } as never);
});
