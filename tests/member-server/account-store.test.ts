import { describe, expect, test } from "bun:test";
import type { AccountChange } from "../../lib/member-server/account.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import { fold } from "../../lib/protocol/names.ts";
import { accountId } from "../account-ids.ts";
import { account, invitation, name } from "./people.ts";

const laptop = { fingerprint: "f1", label: "laptop", addedAt: 3 };
const phone = { fingerprint: "f2", label: "phone", addedAt: 4 };

describe("accounts", () => {
  test("are found by name, nick, lookalike and certificate", () => {
    const members = new AccountStore([
      account("Mina", { certificates: [laptop] }),
      account("bar1"),
    ]);
    expect(members.account(fold("MINA"))?.name).toBe(name("Mina"));
    expect(members.nickOwner(fold("mina"))?.name).toBe(name("Mina"));
    expect(members.lookalike(name("barl"))?.name).toBe(name("bar1"));
    expect(members.lookalike(name("bart"))).toBeNull();
    expect(members.byCertificate("f1")?.name).toBe(name("Mina"));
    expect(members.byCertificate("f2")).toBeNull();
    expect([...members.accounts()]).toHaveLength(2);
  });

  test("are no longer found by anything after they were deleted", () => {
    const members = new AccountStore([account("bar1", { owner: true, certificates: [laptop] })]);
    expect(members.hasOwner).toBe(true);
    members.apply({ kind: "deleted", id: accountId("bar1"), time: 9 });
    expect(members.account(fold("bar1"))).toBeNull();
    expect(members.lookalike(name("barl"))).toBeNull();
    expect(members.byCertificate("f1")).toBeNull();
    expect(members.hasOwner).toBe(false);
    expect([...members.accounts()]).toEqual([]);
  });

  test("don't change on a sign-up under a taken name", () => {
    const members = new AccountStore([account("mina")]);
    members.apply({
      kind: "signed-up",
      id: accountId("Mina", 2),
      name: name("Mina"),
      hash: "other",
      email: null,
      owner: true,
      time: 9,
    });
    expect([...members.accounts()]).toEqual([account("mina")]);
    expect(members.hasOwner).toBe(false);
  });

  test("are not mutated by a change", () => {
    const members = new AccountStore([account("mina")]);
    const before = members.account(fold("mina"));
    members.apply({ kind: "password", id: accountId("mina"), hash: "new" });
    members.apply({ kind: "certificate-added", id: accountId("mina"), certificate: laptop });
    expect(before).toEqual(account("mina"));
    expect(members.account(fold("mina"))).toEqual(
      account("mina", { hash: "new", certificates: [laptop] }),
    );
  });

  test("include invitations, found by their code's hash until they are withdrawn", () => {
    const members = new AccountStore([], [invitation("a")]);
    members.apply({ kind: "invited", invitation: invitation("b") });
    members.apply({ kind: "invitation-used", id: "b" });
    expect(members.invitationByHash(invitation("b").hash)?.used).toBe(1);
    members.apply({ kind: "invitation-withdrawn", id: "a" });
    expect(members.invitationByHash(invitation("a").hash)).toBeNull();
    expect([...members.invitations()].map(({ id }) => id)).toEqual(["b"]);
  });

  test("apply any change, also of missing things, to the same state as after a restart and in a store without an index", () => {
    const [id, mina] = [accountId("mina"), name("mina")];
    const changes: AccountChange[] = [
      {
        kind: "signed-up",
        id,
        name: mina,
        hash: "h",
        email: "m@example.org",
        owner: true,
        time: 5,
      },
      { kind: "certificate-added", id, certificate: laptop },
      { kind: "certificate-added", id, certificate: phone },
      { kind: "certificate-added", id, certificate: { ...laptop, label: "desk" } },
      { kind: "certificate-removed", id, fingerprint: "f2" },
      { kind: "email", id, email: null },
      { kind: "password", id, hash: "h2" },
      { kind: "password", id: accountId("nobody"), hash: "h3" },
      { kind: "certificate-removed", id: accountId("nobody"), fingerprint: "f1" },
      { kind: "deleted", id: accountId("nobody"), time: 6 },
      { kind: "invited", invitation: invitation("a", { uses: 2 }) },
      { kind: "invitation-used", id: "a" },
      { kind: "invitation-used", id: "none" },
      { kind: "invitation-withdrawn", id: "none" },
    ];
    const members = new AccountStore();
    // Nothing is looked up in it, so it has no index until the end.
    const plain = new AccountStore();
    for (const change of changes) {
      members.apply(change);
      plain.apply(change);
      const records = members.snapshot();
      expect(plain.snapshot()).toEqual(records);
      const restarted = AccountStore.of(records);
      expect(restarted.hasOwner).toBe(members.hasOwner);
      for (const fingerprint of ["f1", "f2"]) {
        expect(restarted.byCertificate(fingerprint)).toEqual(members.byCertificate(fingerprint));
      }
    }
    expect(members.snapshot()).toEqual({
      accounts: [
        account("mina", {
          hash: "h2",
          createdAt: 5,
          owner: true,
          certificates: [{ ...laptop, label: "desk" }],
        }),
      ],
      invitations: [invitation("a", { uses: 2, used: 1 })],
      resting: [],
    });
  });
});
