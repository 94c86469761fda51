import { describe, expect, test } from "bun:test";
import { readProxyHeader } from "../../lib/transport/proxy-header.ts";

const SIGNATURE = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10];

function v2(command: number, family: number, body: number[], length = body.length): Buffer {
  return Buffer.from([...SIGNATURE, command, family, length >> 8, length & 255, ...body]);
}

const IPV4 = [192, 0, 2, 7, 10, 0, 0, 1, 0x1a, 0x29, 0x1a, 0x29];
const IPV6 = [0x20, 1, 0xd, 0xb8, ...Array(11).fill(0), 7, ...Array(16).fill(0), 1, 2, 3, 4];
const TLVS = [0x04, 0, 3, 0, 0, 0, 0x20, 0, 5, 1, 0, 0, 0, 0];

describe("a PROXY header", () => {
  test.each<[string, Buffer, string | null]>([
    ["v1, IPv4", Buffer.from("PROXY TCP4 192.0.2.7 10.0.0.1 50000 6697\r\n"), "192.0.2.7"],
    ["v1, IPv6", Buffer.from("PROXY TCP6 2001:DB8:0::7 ::1 1 65535\r\n"), "2001:db8::7"],
    [
      "v1, IPv4 of a proxy that listens on ::",
      Buffer.from("PROXY TCP6 ::ffff:192.0.2.7 ::FFFF:10.0.0.1 1 2\r\n"),
      "192.0.2.7",
    ],
    ["v1, UNKNOWN", Buffer.from("PROXY UNKNOWN\r\n"), null],
    ["v1, UNKNOWN with more", Buffer.from("PROXY UNKNOWN ffff:f...f:ffff x 1\r\n"), null],
    ["v2, IPv4", v2(0x21, 0x11, IPV4), "192.0.2.7"],
    ["v2, IPv4 with TLVs", v2(0x21, 0x11, [...IPV4, ...TLVS]), "192.0.2.7"],
    ["v2, IPv6", v2(0x21, 0x21, IPV6), "2001:db8::7"],
    ["v2, LOCAL", v2(0x20, 0, []), null],
    ["v2, LOCAL with an address", v2(0x20, 0x11, IPV4), null],
    ["v2, unspecified", v2(0x21, 0, TLVS), null],
    ["v2, a unix socket", v2(0x21, 0x31, Array(216).fill(0)), null],
  ])("%s is read whole, and leaves what follows it", (_, header, address) => {
    const bytes = Buffer.concat([header, Buffer.from("NICK mina\r\n")]);
    expect(readProxyHeader(bytes)).toEqual({ kind: "header", address, bytes: header.length });
    for (let length = 0; length < header.length; length += 1) {
      expect(readProxyHeader(header.subarray(0, length))).toEqual({ kind: "more" });
    }
  });

  test.each<[string, Buffer]>([
    ["no header", Buffer.from("NICK mina\r\n")],
    ["another protocol", Buffer.from("GET / HTTP/1.1\r\n")],
    ["TLS", Buffer.from([22, 3, 1, 0, 200])],
    ["lower case", Buffer.from("proxy TCP4 192.0.2.7 10.0.0.1 1 2\r\n")],
    ["a line without an end", Buffer.from(`PROXY TCP4 ${"1".repeat(200)}`)],
    ["a family that doesn't exist", Buffer.from("PROXY TCP5 192.0.2.7 10.0.0.1 1 2\r\n")],
    ["an address of another family", Buffer.from("PROXY TCP6 192.0.2.7 10.0.0.1 1 2\r\n")],
    ["a network", Buffer.from("PROXY TCP4 192.0.2.0/24 10.0.0.1 1 2\r\n")],
    ["an address that may mean two", Buffer.from("PROXY TCP4 010.0.2.7 10.0.0.1 1 2\r\n")],
    ["a network card's name", Buffer.from("PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n")],
    ["a host name", Buffer.from("PROXY TCP4 example.org 10.0.0.1 1 2\r\n")],
    ["no ports", Buffer.from("PROXY TCP4 192.0.2.7 10.0.0.1\r\n")],
    ["a port too large", Buffer.from("PROXY TCP4 192.0.2.7 10.0.0.1 1 65536\r\n")],
    ["two spaces", Buffer.from("PROXY  TCP4 192.0.2.7 10.0.0.1 1 2\r\n")],
    ["version 3", v2(0x31, 0x11, IPV4)],
    ["a command that doesn't exist", v2(0x22, 0x11, IPV4)],
    ["UDP", v2(0x21, 0x12, IPV4)],
    ["too few bytes for its family", v2(0x21, 0x21, IPV4)],
    ["more than it may have", v2(0x21, 0x11, IPV4, 5000)],
  ])("with %s is malformed", (_, bytes) => {
    expect(readProxyHeader(bytes).kind).toBe("malformed");
  });
});
