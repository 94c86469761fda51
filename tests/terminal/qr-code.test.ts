import { expect, test } from "bun:test";
import { qrRows } from "../../lib/app/menu/qr-code.ts";
import { secretAddress } from "../../lib/member-server/second-factor.ts";
import { FieldCursor } from "../../lib/terminal/field-cursor.ts";
import { sanitizeLines } from "../../lib/terminal/sanitize.ts";

const SECRET = "WMRM7ILUFL54ZASVLEBKVSQ7HKMOAJZR";

test("the key of an authenticator app fits as a QR code into a window of 40 columns", async () => {
  const rows = await qrRows(secretAddress(SECRET, "Teahouse", "mina"), 36);
  expect(rows).toHaveLength(18);
  for (const row of rows ?? []) expect(row).toMatch(/^[█▀▄ ]{35}$/);
  expect(await qrRows(secretAddress(SECRET, "Teahouse", "mina"), 34)).toBe(null);
  expect((await qrRows(secretAddress(SECRET, "Teahouse", "mina"), 76))?.[0]).toHaveLength(37);
});

test("its three corners are finder patterns, seven by seven modules", async () => {
  const rows = (await qrRows(secretAddress(SECRET, "Teahouse", "mina"), 76)) ?? [];
  // Two light modules around it: row 1 has the upper edge and the second row of the pattern.
  const corner = ["██ ▄▄▄▄▄ █", "██ █   █ █", "██ █▄▄▄█ █", "██▄▄▄▄▄▄▄█"];
  expect(rows.slice(1, 5).map((row) => row.slice(0, 10))).toEqual(corner);
  expect(rows.slice(1, 5).map((row) => [...row.slice(-10)].reverse().join(""))).toEqual(corner);
  expect(rows.at(-2)?.slice(0, 10)).toBe("██▄▄▄▄▄▄▄█");
});

test("it reaches the screen whole: neither cleaned away nor taken for a prompt's cursor", async () => {
  const rows = (await qrRows(secretAddress(SECRET, "Teahouse", "mina"), 76)) ?? [];
  const text = rows.join("\n");
  expect(sanitizeLines(text)).toEqual([...rows]);
  expect(new FieldCursor().translate(text, 80)).toBe(text);
});
