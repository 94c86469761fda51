import { expect, test } from "bun:test";
import {
  type CertificateFacts,
  certificateNames,
  certificateWarnings,
  linkAddress,
  replacementWarning,
} from "../../lib/settings/public-address.ts";
import { parseServerArguments, type ServerSettings } from "../../lib/settings/server-settings.ts";

const NOW = Date.UTC(2026, 10, 1);
const DAY_MS = 86_400_000;
const LOCAL = ["192.168.1.5", "2001:db8::7"] as const;

function settings(line: string): ServerSettings {
  const parsed = parseServerArguments(line.split(" ").filter(Boolean), () => null);
  if (!("settings" in parsed)) throw new Error(JSON.stringify(parsed));
  return parsed.settings;
}

/** A self-made certificate; with `days`, an authority's that ends then. */
function certificate(hosts: readonly string[], days?: number): CertificateFacts {
  return {
    ...{ isSelfSigned: days === undefined, isNew: false },
    hostNames: hosts.filter((host) => !/^[\d.]+$/.test(host)),
    validFrom: NOW - 90 * DAY_MS,
    validTo: NOW + (days ?? -1) * DAY_MS,
    covers: (host) => hosts.includes(host),
  };
}

/** [settings, certificate, address in links, names in a new certificate] */
test.each([
  ["", certificate([]), "192.168.1.5", [...LOCAL]],
  ["--host 203.0.113.5", certificate([]), "203.0.113.5", ["203.0.113.5", ...LOCAL]],
  ["--host 192.168.1.5", certificate([]), "192.168.1.5", [...LOCAL]],
  ["--host ::", certificate([]), "192.168.1.5", [...LOCAL]],
  ["--name chat.example.org", certificate([]), "chat.example.org", ["chat.example.org", ...LOCAL]],
  ["--name teahouse", certificate([]), "192.168.1.5", [...LOCAL]],
  [
    "--host 10.0.0.5 --name chat.example.org",
    certificate([]),
    "10.0.0.5",
    ["10.0.0.5", "chat.example.org", ...LOCAL],
  ],
  [
    "--public-host a.example:443,b.example --name c.example --host 10.0.0.5",
    certificate([]),
    "a.example:443",
    ["a.example", "b.example", "10.0.0.5", "c.example", ...LOCAL],
  ],
  [
    "--public-host [2001:db8::9]:443",
    certificate([]),
    "2001:db8::9:443",
    ["2001:db8::9", ...LOCAL],
  ],
  // An authority's certificate names the server better than its address does.
  ["", certificate(["chat.example.org"], 90), "chat.example.org", [...LOCAL]],
  ["", certificate(["*.example.org", "chat.example.org"], 90), "chat.example.org", [...LOCAL]],
  ["", certificate(["*.example.org"], 90), "192.168.1.5", [...LOCAL]],
  ["--host 127.0.0.1", certificate(["127.0.0.1"], 90), "127.0.0.1", ["127.0.0.1", ...LOCAL]],
  [
    "--host 127.0.0.1",
    certificate(["chat.example.org"], 90),
    "chat.example.org",
    ["127.0.0.1", ...LOCAL],
  ],
  [
    "--host 10.0.0.5 --name chat.example.org",
    certificate(["chat.example.org"], 90),
    "chat.example.org",
    ["10.0.0.5", "chat.example.org", ...LOCAL],
  ],
  [
    "--public-host other.example",
    certificate(["a.example"], 90),
    "other.example",
    ["other.example", ...LOCAL],
  ],
] as const)("%j", (line, pair, address, names) => {
  const { host, port } = linkAddress(settings(line), LOCAL, pair);
  expect(port === null ? host : `${host}:${port}`).toBe(address);
  expect(certificateNames(settings(line), LOCAL)).toEqual([...names]);
});

test("a public host in any script is written as DNS has it", () => {
  const given = settings("--public-host 소담.한국");
  expect(linkAddress(given, LOCAL, certificate([])).host).toBe("xn--jk1bt0z.xn--3e0b707e");
});

/** [settings, certificate, what the owner is told] */
test.each([
  ["", certificate(["192.168.1.5"]), []],
  ["--name chat.example.org", certificate(["chat.example.org"]), []],
  [
    "--name chat.example.org",
    certificate([]),
    [
      /^the certificate in certs was not made for chat.example.org\. .* move cert.pem and key.pem away/,
    ],
  ],
  ["--name chat.example.org", { ...certificate([]), isNew: true }, []],
  [
    "--public-host a.example,b.example",
    certificate(["a.example"], 90),
    [/is for a\.example, and not for b\.example: .* --public-host$/],
  ],
  // The nodes of a cluster share it, and each has a host of its own.
  [
    "--nats nats://10.0.0.7 --host 10.0.0.2 --public-host a.example",
    certificate(["a.example"]),
    [],
  ],
  ["", certificate(["a.example"], 15), []],
  ["", certificate(["a.example"], 13), [/^the certificate in certs ends on 2026-11-14: renew it/]],
  [
    "",
    certificate(["a.example"], 0),
    [/^the certificate in certs ended on 2026-11-01, and clients refuse it/],
  ],
  [
    "",
    { ...certificate(["a.example"], 90), validFrom: NOW + DAY_MS },
    [
      /^the certificate in certs begins on 2026-11-02T00:00:00.000Z, and clients refuse it until then/,
    ],
  ],
  // Nobody looks at the dates of a self-made one.
  ["", { ...certificate([]), validFrom: NOW + DAY_MS }, []],
] as const)("%j warns", (line, pair, expected) => {
  const warnings = certificateWarnings(settings(line), pair, NOW);
  expect(warnings).toHaveLength(expected.length);
  for (const [index, pattern] of expected.entries()) expect(warnings[index]).toMatch(pattern);
});

test("a self-made certificate in place of an authority's is announced, and no other", () => {
  const [made, signed] = [certificate(["a.example"]), certificate(["a.example"], 90)];
  expect(replacementWarning(settings(""), signed, made)).toMatch(/^no authority vouches any more/);
  for (const [before, after] of [
    [made, made],
    [made, signed],
    [signed, signed],
  ] as const) {
    expect(replacementWarning(settings(""), before, after)).toBeNull();
  }
});
