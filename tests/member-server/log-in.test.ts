import { describe, expect, test } from "bun:test";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import { finishLogIn, logInByCertificate, planLogIn } from "../../lib/member-server/log-in.ts";
import { accountId } from "../account-ids.ts";
import { account, name } from "./people.ts";

const laptop = { fingerprint: "f1", label: "laptop", addedAt: 3 };
const members = () =>
  new AccountStore([account("Mina", { certificates: [laptop] }), account("jun")]);
const STRANGER = { priority: "stranger" } as const;
const WRONG = { refused: { kind: "wrong" } } as const;

describe("a log-in by password", () => {
  test("asks for the account's own hash, however the name is written", () => {
    for (const authzid of ["", "MINA"]) {
      const plan = planLogIn(members(), { authzid, account: "mina", password: "tea" }, STRANGER);
      expect(plan.query).toEqual({
        kind: "verify-password",
        password: "tea",
        hash: "hash of Mina",
        place: STRANGER,
      });
      expect(finishLogIn(members(), plan, true)).toEqual({
        loggedIn: account("Mina", { certificates: [laptop] }),
      });
    }
  });

  test("is refused alike for a wrong password, no such account, and another's name", () => {
    const wrongPassword = planLogIn(
      members(),
      { authzid: "", account: "mina", password: "x" },
      STRANGER,
    );
    expect(finishLogIn(members(), wrongPassword, false)).toEqual(WRONG);
    for (const asked of [
      { authzid: "", account: "nobody", password: "x" },
      { authzid: "jun", account: "mina", password: "x" },
      { authzid: "", account: "", password: "" },
    ]) {
      const plan = planLogIn(members(), asked, STRANGER);
      // The same work is asked for, against no hash.
      expect(plan.query).toMatchObject({ kind: "verify-password", hash: null });
      expect(finishLogIn(members(), plan, false)).toEqual(WRONG);
      expect(finishLogIn(members(), plan, true)).toEqual(WRONG);
    }
  });

  test("fails if the account is deleted, or its password changed, meanwhile", () => {
    for (const change of [
      { kind: "deleted", id: accountId("mina"), time: 2 },
      { kind: "password", id: accountId("mina"), hash: "new" },
    ] as const) {
      const people = members();
      const plan = planLogIn(people, { authzid: "", account: "mina", password: "tea" }, STRANGER);
      people.apply(change);
      expect(finishLogIn(people, plan, true)).toEqual(WRONG);
    }
  });

  test("succeeds if something else of the account changed meanwhile", () => {
    const people = members();
    const plan = planLogIn(people, { authzid: "", account: "jun", password: "tea" }, STRANGER);
    people.apply({ kind: "email", id: accountId("jun"), email: "j@example.org" });
    expect(finishLogIn(people, plan, true)).toEqual({
      loggedIn: account("jun", { email: "j@example.org" }),
    });
  });

  test("is refused as busy when too many passwords are being checked", () => {
    const plan = planLogIn(members(), { authzid: "", account: "mina", password: "tea" }, STRANGER);
    expect(finishLogIn(members(), plan, null)).toEqual({ refused: { kind: "busy" } });
  });
});

describe("a log-in by certificate", () => {
  const byCertificate = (authzid: string, certificate: string | null, from = 0, until = 9000) =>
    logInByCertificate(
      members(),
      authzid,
      { certificate, certificateValidity: { from, until } },
      5000,
    );

  test("is refused when the certificate has expired, or is not valid yet", () => {
    const refusedAs = (kind: string) => ({ refused: { kind } });
    expect(byCertificate("", "f1", 0, 4999)).toEqual(refusedAs("expired") as never);
    const inTwoHours = 7_200_000;
    expect(byCertificate("", "f1", inTwoHours, 2 * inTwoHours)).toEqual(
      refusedAs("not-yet-valid") as never,
    );
    // Clocks differ.
    expect(byCertificate("", "f1", 6000, inTwoHours)).toHaveProperty("loggedIn");
    // Nobody but the account's own device learns that it is known.
    expect(byCertificate("", "f2", 0, 1)).toEqual(WRONG);
  });

  test("succeeds for the account that has the device", () => {
    expect(byCertificate("", "f1")).toMatchObject({
      loggedIn: { name: name("Mina") },
    });
    expect(byCertificate("mina", "f1")).toHaveProperty("loggedIn");
  });

  test("is refused alike with no certificate, an unknown one, and another's name", () => {
    expect(byCertificate("", null)).toEqual(WRONG);
    expect(byCertificate("mina", "f2")).toEqual(WRONG);
    expect(byCertificate("jun", "f1")).toEqual(WRONG);
  });
});
