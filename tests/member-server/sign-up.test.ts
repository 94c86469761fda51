import { describe, expect, test } from "bun:test";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import { type SignUpRequest, SignUps } from "../../lib/member-server/sign-up.ts";
import { makeAccountId } from "../../lib/protocol/account-id.ts";
import { fold } from "../../lib/protocol/names.ts";
import { account, applyAll, digest, invitation, name } from "./people.ts";

const NOW = 1_000_000;
const RANDOM_ID = "timetimet0123456789ab";

const request = (rest: Partial<SignUpRequest> = {}): SignUpRequest => ({
  name: "mina",
  password: "따뜻한 보리차",
  email: null,
  invitations: [],
  ...rest,
});

function planned(signUps: SignUps, asked: SignUpRequest, now = NOW) {
  const checked = signUps.check(asked, now);
  if ("refused" in checked) throw new Error(JSON.stringify(checked.refused));
  return checked.plan;
}

function settled(signUps: SignUps, asked: SignUpRequest) {
  const plan = planned(signUps, asked);
  const done = signUps.settle(plan, "hash", RANDOM_ID, NOW);
  if ("refused" in done) throw new Error(JSON.stringify(done.refused));
  return { plan, changes: done.changes };
}

describe("open sign-up", () => {
  test("returns changes that create the account once they are stored", () => {
    const members = new AccountStore();
    const signUps = new SignUps(members, "open");
    const { plan, changes } = settled(signUps, request({ name: "민아", email: "m@example.org" }));
    expect(changes).toEqual([
      {
        kind: "signed-up",
        passwordForm: "opaque",
        id: makeAccountId(RANDOM_ID),
        name: name("민아"),
        hash: "hash",
        email: "m@example.org",
        owner: false,
        time: NOW,
      },
    ]);
    applyAll(members, changes);
    signUps.finish(plan);
    expect(members.account(fold("민아"))?.hash).toBe("hash");
  });

  test.each([
    [{ name: "" }, { kind: "bad-name", problem: "empty" }],
    [{ name: "a b" }, { kind: "bad-name", problem: "letters" }],
    [{ name: "가".repeat(11) }, { kind: "bad-name", problem: "too-long" }],
    [{ name: "nickserv" }, { kind: "bad-name", problem: "reserved" }],
    [{ name: "JUN" }, { kind: "taken" }],
    [{ name: "barl" }, { kind: "lookalike" }],
    [{ password: "1234567" }, { kind: "password", problem: "too-short" }],
    [{ password: "mina2024" }, { kind: "password", problem: "name" }],
    [{ email: "nowhere" }, { kind: "email" }],
    [{ email: "a b@example.org" }, { kind: "email" }],
    [{ email: `${"x".repeat(251)}@a.b` }, { kind: "email" }],
  ] as const)("%j is refused", (rest, refused) => {
    const signUps = new SignUps(new AccountStore([account("jun"), account("bar1")]), "open");
    expect(signUps.check(request(rest), NOW)).toEqual({ refused } as never);
  });

  test.each([
    ["sesame", null],
    ["mina", null],
    ["", "too-short"],
    ["가".repeat(101), "too-long"],
    ["sesame seed\u0007", "control"],
  ] as const)("at the test cost weak passwords are accepted: %j", (password, problem) => {
    const signUps = new SignUps(new AccountStore(), "open", "test");
    expect(signUps.passwordProblem(password, "mina")).toBe(problem);
    expect("plan" in signUps.check(request({ password }), NOW)).toBe(problem === null);
  });

  test("an expired code isn't refused, and a valid one isn't used up", () => {
    const members = new AccountStore([], [invitation("old", { expiresAt: 1 }), invitation("good")]);
    const signUps = new SignUps(members, "open");
    for (const code of ["old", "good", "none"]) {
      expect(planned(signUps, request({ invitations: [digest(code)] })).invitation).toBeNull();
    }
  });
});

describe("sign-up by invitation", () => {
  const members = () =>
    new AccountStore(
      [account("jun")],
      [
        invitation("good", { uses: 1 }),
        invitation("used", { uses: 2, used: 2 }),
        invitation("old", { expiresAt: NOW }),
        invitation("owner", { owner: true, uses: 1 }),
      ],
    );

  test.each([
    [[], "missing"],
    [["none"], "unknown"],
    [["used"], "used-up"],
    [["old"], "expired"],
    [["old", "none"], "expired"],
    [["none", "used"], "used-up"],
  ])("%j is refused: %s", (codes, problem) => {
    const signUps = new SignUps(members(), "invite");
    // Also with a taken name: without a valid code the answer doesn't reveal names.
    const asked = request({ name: "jun", invitations: codes.map(digest) });
    expect(signUps.check(asked, NOW)).toEqual({
      refused: { kind: "invitation", problem },
    } as never);
  });

  test("a valid code works beside a wrong one, and is used", () => {
    const signUps = new SignUps(members(), "invite");
    const { changes } = settled(
      signUps,
      request({ invitations: [digest("pass"), digest("good")] }),
    );
    expect(changes.at(-1)).toEqual({ kind: "invitation-used", id: "good" });
    expect(changes[0]).toMatchObject({ kind: "signed-up", owner: false });
  });

  test("the owner's code makes an owner, in every mode", () => {
    for (const mode of ["invite", "open", "closed"] satisfies SignUps["mode"][]) {
      const signUps = new SignUps(members(), mode);
      const { changes } = settled(signUps, request({ invitations: [digest("owner")] }));
      expect(changes).toEqual([
        expect.objectContaining({ kind: "signed-up", owner: true }),
        { kind: "invitation-used", id: "owner" },
      ]);
    }
  });

  test("closed sign-up refuses all other codes", () => {
    const signUps = new SignUps(members(), "closed");
    for (const codes of [[], ["good"], ["none"]]) {
      const asked = request({ invitations: codes.map(digest) });
      expect(signUps.check(asked, NOW)).toEqual({ refused: { kind: "closed" } });
    }
  });
});

describe("while a password is hashed and changes are stored", () => {
  test("the first of two sign-ups for a name gets it", () => {
    const members = new AccountStore();
    const signUps = new SignUps(members, "open");
    const [first, second, like] = ["bar1", "BAR1", "barl"].map((n) =>
      planned(signUps, request({ name: n })),
    );
    if (first === undefined || second === undefined || like === undefined)
      throw new Error("no plan");
    expect(signUps.settle(first, "h", RANDOM_ID, NOW)).toHaveProperty("changes");
    expect(signUps.settle(second, "h", RANDOM_ID, NOW)).toEqual({ refused: { kind: "taken" } });
    expect(signUps.settle(like, "h", RANDOM_ID, NOW)).toEqual({
      refused: { kind: "lookalike" },
    });
    expect(signUps.nameRefusal("Bar1", NOW)).toEqual({ kind: "taken" });
    // It could not be stored: the name is free again.
    signUps.finish(first);
    expect(signUps.settle(second, "h", RANDOM_ID, NOW)).toHaveProperty("changes");
  });

  test("the first of two sign-ups gets the last use of an invitation", () => {
    const members = new AccountStore([], [invitation("a", { uses: 2, used: 1 })]);
    const signUps = new SignUps(members, "invite");
    const asked = (n: string) => request({ name: n, invitations: [digest("a")] });
    const second = planned(signUps, asked("jun"));
    const { plan, changes } = settled(signUps, asked("mina"));
    const usedUp = { refused: { kind: "invitation", problem: "used-up" } } as const;
    expect(signUps.settle(second, "h", RANDOM_ID, NOW)).toEqual(usedUp);
    expect(signUps.check(asked("sora"), NOW)).toEqual(usedUp);
    applyAll(members, changes);
    signUps.finish(plan);
    expect(signUps.settle(second, "h", RANDOM_ID, NOW)).toEqual(usedUp);
    expect(members.account(fold("mina"))).not.toBeNull();
  });

  test("a sign-up fails if its invitation expires or is withdrawn, or sign-up is closed, meanwhile", () => {
    const members = new AccountStore(
      [],
      [invitation("a", { expiresAt: NOW + 10 }), invitation("b")],
    );
    const signUps = new SignUps(members, "invite");
    const a = planned(signUps, request({ invitations: [digest("a")] }));
    const b = planned(signUps, request({ invitations: [digest("b")] }));
    members.apply({ kind: "invitation-withdrawn", id: "b" });
    expect(signUps.settle(a, "h", RANDOM_ID, NOW + 10)).toEqual({
      refused: { kind: "invitation", problem: "expired" },
    });
    expect(signUps.settle(b, "h", RANDOM_ID, NOW)).toEqual({
      refused: { kind: "invitation", problem: "unknown" },
    });
    signUps.mode = "open";
    const open = planned(signUps, request());
    signUps.mode = "closed";
    expect(signUps.settle(open, "h", RANDOM_ID, NOW)).toEqual({ refused: { kind: "closed" } });
    signUps.mode = "invite";
    expect(signUps.settle(open, "h", RANDOM_ID, NOW)).toEqual({
      refused: { kind: "invitation", problem: "missing" },
    });
  });
});
