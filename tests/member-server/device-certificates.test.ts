import { expect, test } from "bun:test";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import {
  addDevice,
  DEVICES_MAX,
  removeDevice,
} from "../../lib/member-server/device-certificates.ts";
import { accountId } from "../account-ids.ts";
import { account, applyAll, name } from "./people.ts";

const laptop = { fingerprint: "abcd", label: "laptop", addedAt: 3 };
const mina = account("mina", { certificates: [laptop] });
const jun = account("jun");

test("a device is added with its label cut to fit, and can log in", () => {
  const members = new AccountStore([mina, jun]);
  const added = addDevice(members, jun, "ef01", ` 거실\u0007\u202e ${"큰".repeat(30)}`, 9);
  if ("refused" in added) throw new Error(added.refused.kind);
  expect(added.changes).toEqual([
    {
      kind: "certificate-added",
      id: accountId("jun"),
      certificate: { fingerprint: "ef01", label: `거실  ${"큰".repeat(18)}`, addedAt: 9 },
    },
  ]);
  applyAll(members, added.changes);
  expect(members.byCertificate("ef01")?.name).toBe(name("jun"));
});

test("a device without a certificate, a known one, or one beyond the limit is refused", () => {
  const many = Array.from({ length: DEVICES_MAX }, (_, i) => ({ ...laptop, fingerprint: `f${i}` }));
  const full = account("sora", { certificates: many });
  const members = new AccountStore([mina, jun, full]);
  expect(addDevice(members, jun, null, "x", 9)).toEqual({ refused: { kind: "no-certificate" } });
  expect(addDevice(members, mina, "abcd", "x", 9)).toEqual({ refused: { kind: "already-yours" } });
  expect(addDevice(members, jun, "abcd", "x", 9)).toEqual({ refused: { kind: "somebody-elses" } });
  expect(addDevice(members, full, "ef01", "x", 9)).toEqual({
    refused: { kind: "too-many", max: DEVICES_MAX },
  });
});

test("a device is removed by its fingerprint, in any spelling", () => {
  const changes = [
    { kind: "certificate-removed", id: accountId("mina"), fingerprint: "abcd" },
  ] as const;
  expect(removeDevice(mina, "abcd")).toEqual({ changes });
  expect(removeDevice(mina, "AB:CD")).toEqual({ changes });
  expect(removeDevice(jun, "abcd")).toEqual({ refused: { kind: "unknown" } });
});
