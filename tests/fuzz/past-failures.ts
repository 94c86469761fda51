/** Inputs that fuzzing found: the parser that they were for, what it did, and the input; bytes are in Base64. */
export const PAST_FAILURES: readonly (readonly [parser: string, did: string, input: string])[] = [
  [
    "lib/protocol/address.ts parseNetwork",
    "took a user and a path for an IPv6 address",
    "192.0.2@7:/48",
  ],
  [
    "lib/protocol/server-link.ts parseLink",
    "read a literal IPv6 name otherwise than it wrote it",
    "sodam://2001-db8--7.ipv\uffa06-literal.net/room64-7IiY64uk67Cp",
  ],
  [
    "lib/protocol/server-link.ts parseLink",
    "took the fingerprint of a torn link for a network",
    `ample.org:6697/fp-${"a1".repeat(31)}`,
  ],
  [
    "lib/terminal/sanitize.ts sanitize",
    "left a joiner behind a letter that it replaced",
    "नमस्\u17b4\u200dते",
  ],
  [
    "lib/file-manager/import/timestamps/log-stamp.ts parseDate",
    "took seconds for a long line",
    `2\r:${"03".repeat(10_000)}`,
  ],
  [
    "lib/file-manager/import/timestamps/time-zone.ts parseTimeZone",
    "took minutes to suggest the name of a zone",
    "10:02:03 ".repeat(20_000),
  ],
  [
    "lib/terminal/key-reader.ts KeyReader",
    "threw for a key whose number is no whole one",
    Buffer.from("\x1b[97.5u").toString("base64"),
  ],
  [
    "lib/protocol/server-link.ts parseLink",
    "took a host for a fingerprint that was torn off",
    "fp-a1a1a1a1a1a1",
  ],
  [
    "lib/file-manager/record-log/position-file.ts readReachedPosition",
    "read a line longer than it writes, whose end then stayed",
    Buffer.from("                      7 led\n").toString("base64"),
  ],
];
