import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/** INVITATION (sodam.chat/invitations): invitations to sign up. */

const PASSWORD = "warm barley tea";

function teahouse() {
  const scene = new Scene({ signUp: "invite" });
  scene.signUp("mina", true);
  const mina = scene.person("mina");
  return { scene, mina };
}

function arrives(scene: Scene, nick: string, code: string): string {
  const actor = scene.connect().says(`PASS :${code}`, `NICK ${nick}`, `REGISTER * * :${PASSWORD}`);
  return actor.hears()[0] ?? "";
}

test("an invitation is created, listed, used and withdrawn", () => {
  const { scene, mina } = teahouse();
  mina.says("INVITATION CREATE 2 24");
  const [created = ""] = mina.hears();
  expect(created).toEqual(
    ":tea.test INVITATION CREATED 6cfcb550 id00000000000001 2 2026-11-23T00:30:00.000Z",
  );
  const [, , , id = "", code = ""] = created.split(" ");
  expect(arrives(scene, "jun", code)).toContain(" REGISTER SUCCESS jun ");
  mina.says("INVITATION LIST");
  expect(mina.hears()).toEqual([
    ":tea.test INVITATION ENTRY 6cfcb550 1/2 2026-11-23T00:30:00.000Z mina",
    ":tea.test INVITATION END",
  ]);
  mina.says(`INVITATION WITHDRAW ${id}`, "INVITATION LIST");
  expect(mina.hears()).toEqual([
    ":tea.test INVITATION WITHDRAWN 6cfcb550",
    ":tea.test INVITATION END",
  ]);
  expect(arrives(scene, "sora", code)).toContain(" FAIL REGISTER INVITATION_WRONG sora ");
});

test("an invitation is limited in uses and time", () => {
  const { scene, mina } = teahouse();
  mina.says("INVITATION CREATE 1 1", "INVITATION CREATE * 2");
  const codes = mina.hears().map((line) => line.split(" ")[4] ?? "");
  expect(arrives(scene, "jun", codes[0] ?? "")).toContain("SUCCESS");
  expect(arrives(scene, "sora", codes[0] ?? "")).toContain("INVITATION_WRONG");
  for (const nick of ["sora", "yuna", "ara"])
    expect(arrives(scene, nick, codes[1] ?? "")).toContain("SUCCESS");
  scene.passes(2 * 3_600_000);
  expect(arrives(scene, "late", codes[1] ?? "")).toContain("INVITATION_WRONG");
  mina.hears();
});

test("an invitation of * hours never expires, and says so", () => {
  const { scene, mina } = teahouse();
  mina.says("INVITATION CREATE 2 *", "INVITATION CREATE * *", "INVITATION LIST");
  const lines = mina.hears();
  expect(lines.map((line) => line.split(" ").slice(5).join(" "))).toEqual([
    "2 *",
    "* *",
    "* mina",
    "* mina",
    "",
  ]);
  scene.passes(10 * 365 * 86_400_000);
  const code = lines[0]?.split(" ")[4] ?? "";
  expect(arrives(scene, "jun", code)).toContain("SUCCESS");
});

test("the code is not stored, and can be typed with capitals, spaces and hyphens", () => {
  const { scene, mina } = teahouse();
  mina.says("INVITATION CREATE");
  const code = mina.hears()[0]?.split(" ")[4] ?? "";
  expect(JSON.stringify([...scene.members.invitations()])).not.toContain(code);
  expect(arrives(scene, "jun", `${code.slice(0, 4).toUpperCase()}-${code.slice(4)} `)).toContain(
    "SUCCESS",
  );
});

test("INVITATION is for owners only", () => {
  const { scene } = teahouse();
  const jun = scene
    .person("jun")
    .says("INVITATION CREATE", "INVITATION LIST", "INVITATION WITHDRAW x");
  expect(jun.hears()).toEqual([
    ":tea.test FAIL INVITATION NOT_OWNER :Only the server's owner can do that",
    ":tea.test FAIL INVITATION NOT_OWNER :Only the server's owner can do that",
    ":tea.test FAIL INVITATION NOT_OWNER :Only the server's owner can do that",
  ]);
  expect(scene.guest("sora").says("INVITATION CREATE").hears()).toEqual([
    ":tea.test FAIL INVITATION ACCOUNT_REQUIRED :Log in first",
  ]);
  expect(scene.connect().says("INVITATION CREATE").hears()).toEqual([
    ":tea.test 451 * :Introduce yourself first: NICK and USER",
  ]);
});

test("what isn't possible is refused", () => {
  const { mina } = teahouse();
  mina.says(
    "INVITATION",
    "INVITATION POUR",
    "INVITATION CREATE 0",
    "INVITATION CREATE many",
    "INVITATION CREATE 1 0",
    "INVITATION CREATE 1 9000",
    "INVITATION WITHDRAW none",
  );
  expect(mina.hears()).toEqual([
    ":tea.test 461 mina INVITATION :Not enough parameters",
    ":tea.test FAIL INVITATION INVALID_PARAMS POUR :INVITATION takes CREATE, LIST or WITHDRAW",
    ":tea.test FAIL INVITATION INVALID_PARAMS :The number of uses must be 1 to 10000, or *",
    ":tea.test FAIL INVITATION INVALID_PARAMS :The number of uses must be 1 to 10000, or *",
    ":tea.test FAIL INVITATION INVALID_PARAMS :The number of hours must be 1 to 8760, or *",
    ":tea.test FAIL INVITATION INVALID_PARAMS :The number of hours must be 1 to 8760, or *",
    ":tea.test FAIL INVITATION NO_SUCH_INVITATION :There is no such invitation",
  ]);
});

test("an invitation isn't created when the disk is full", () => {
  const { scene, mina } = teahouse();
  scene.diskFull = true;
  expect(mina.says("INVITATION CREATE").hears()).toEqual([
    ":tea.test FAIL INVITATION TEMPORARILY_UNAVAILABLE :The server can't store that right now. Try again in a moment",
  ]);
  expect([...scene.members.invitations()]).toEqual([]);
});

test("there are at most a thousand open invitations", () => {
  const { mina } = teahouse();
  for (let i = 0; i < 1001; i += 1) mina.says("INVITATION CREATE");
  const lines = mina.hears();
  expect(lines.filter((line) => line.includes(" INVITATION CREATED "))).toHaveLength(1000);
  expect(lines.at(-1)).toStartWith(":tea.test FAIL INVITATION LIMIT_REACHED ");
});
