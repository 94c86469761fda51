import { describe, expect, test } from "bun:test";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import {
  INVITATIONS_MAX,
  invitationHash,
  invitationProblem,
  invite,
  inviteOwner,
  listInvitations,
  withdrawInvitation,
} from "../../lib/member-server/invitation-codes.ts";
import { accountId } from "../account-ids.ts";
import { account, applyAll, digest, invitation, name } from "./people.ts";

const NOW = 1_000_000;
const HOUR = 3_600_000;
const CODE = "q7x2m9k4w8z1p3b6";
const owner = account("mina", { owner: true });
const guest = account("jun");

function made(members: AccountStore, order: { uses?: number | null; hours?: number } = {}) {
  const done = invite(members, { by: owner, ...order }, CODE, digest, NOW);
  if ("refused" in done) throw new Error(done.refused.kind);
  return done;
}

describe("an invitation", () => {
  test("is created by the owner, and only its hash is stored", () => {
    const members = new AccountStore([owner]);
    const { code, invitation: kept, changes } = made(members, { uses: 3, hours: 2 });
    expect(code).toBe(CODE);
    expect(kept).toEqual({
      id: digest(CODE).slice(0, 8),
      hash: digest(CODE),
      uses: 3,
      used: 0,
      expiresAt: NOW + 2 * HOUR,
      createdAt: NOW,
      by: accountId("mina"),
      owner: false,
    });
    expect(JSON.stringify(changes)).not.toContain(CODE);
    applyAll(members, changes);
    expect(members.invitationByHash(digest(CODE))).toEqual(kept);
  });

  test("has ten uses and a week by default", () => {
    const { invitation: kept } = made(new AccountStore([owner]));
    expect(kept).toMatchObject({ uses: 10, expiresAt: NOW + 168 * HOUR });
    expect(made(new AccountStore([owner]), { uses: null }).invitation.uses).toBeNull();
  });

  test.each([
    [{ uses: 0 }, { kind: "bad-uses", max: 10_000 }],
    [{ uses: 1.5 }, { kind: "bad-uses", max: 10_000 }],
    [{ uses: 10_001 }, { kind: "bad-uses", max: 10_000 }],
    [{ uses: Number.NaN }, { kind: "bad-uses", max: 10_000 }],
    [{ hours: 0 }, { kind: "bad-hours", max: 8760 }],
    [{ hours: 8761 }, { kind: "bad-hours", max: 8760 }],
  ] as const)("%j is refused", (order, refused) => {
    const done = invite(new AccountStore([owner]), { by: owner, ...order }, CODE, digest, NOW);
    expect(done).toEqual({ refused } as never);
  });

  test("is refused if there are a thousand valid ones, and withdraws the expired ones", () => {
    const open = Array.from({ length: INVITATIONS_MAX - 1 }, (_, i) => invitation(`open${i}`));
    const over = [invitation("old", { expiresAt: NOW }), invitation("used", { uses: 1, used: 1 })];
    const members = new AccountStore([owner], [...open, ...over]);
    const { changes } = made(members);
    expect(changes.map(({ kind }) => kind)).toEqual([
      "invitation-withdrawn",
      "invitation-withdrawn",
      "invited",
    ]);
    applyAll(members, changes);
    expect(invite(members, { by: owner }, "another", digest, NOW)).toEqual({
      refused: { kind: "too-many", max: INVITATIONS_MAX },
    });
  });

  test("is found however its code is typed", () => {
    for (const typed of [CODE, CODE.toUpperCase(), ` ${CODE} `, "q7x2-m9k4-w8z1-p3b6"]) {
      expect(invitationHash(typed, digest)).toBe(digest(CODE));
    }
    for (const none of ["", " - ", "x".repeat(65)]) expect(invitationHash(none, digest)).toBeNull();
  });

  test("is valid until it expires or is used up, pending uses included", () => {
    const one = invitation("a", { uses: 3, used: 1, expiresAt: NOW });
    expect(invitationProblem(one, NOW - 1)).toBeNull();
    expect(invitationProblem(one, NOW)).toBe("expired");
    expect(invitationProblem(one, NOW - 1, 1)).toBeNull();
    expect(invitationProblem(one, NOW - 1, 2)).toBe("used-up");
    expect(invitationProblem(invitation("b"), Number.MAX_SAFE_INTEGER, 1e6)).toBeNull();
  });

  test("is listed oldest first, and withdrawn", () => {
    const members = new AccountStore(
      [owner, guest],
      [
        invitation("new", { createdAt: 9 }),
        invitation("first", { createdAt: 2 }),
        invitation("old", { expiresAt: 5 }),
      ],
    );
    expect(listInvitations(members, NOW).map(({ id }) => id)).toEqual(["first", "new"]);
    expect(withdrawInvitation(members, "none")).toEqual({ refused: { kind: "unknown" } });
    expect(withdrawInvitation(members, "new")).toEqual({
      changes: [{ kind: "invitation-withdrawn", id: "new" }],
    });
  });
});

describe("the owner's invitation", () => {
  test("is created while there is no owner, and replaces an earlier one", () => {
    const members = new AccountStore([guest], [invitation("team")]);
    const first = inviteOwner(members, "first0000", digest, NOW);
    applyAll(members, first?.changes ?? []);
    const second = inviteOwner(members, "second000", digest, NOW + 1);
    applyAll(members, second?.changes ?? []);
    expect(members.invitationByHash(digest("first0000"))).toBeNull();
    expect(members.invitationByHash(digest("second000"))).toMatchObject({
      owner: true,
      uses: 1,
      by: null,
    });
    expect(members.invitation("team")).not.toBeNull();
    members.apply({
      kind: "signed-up",
      id: accountId("mina"),
      name: name("mina"),
      hash: "h",
      email: null,
      owner: true,
      time: 1,
    });
    expect(inviteOwner(members, "third", digest, NOW + 2)).toBeNull();
  });
});
