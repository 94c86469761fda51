import { describe, expect, test } from "bun:test";
import type { Account } from "../../lib/member-server/account.ts";
import { fold } from "../../lib/protocol/names.ts";
import { accountId } from "../account-ids.ts";
import { type Actor, Scene } from "../scene.ts";
import { testWithOneServer } from "../takeover-stage.ts";

const NFC = "보리차 한 잔, café".normalize("NFC");
const NFD = NFC.normalize("NFD");
const TYPED = [NFD, NFC.replaceAll(" ", "\u00a0"), NFC.replaceAll(" ", "\u3000")];

const account = (scene: Scene, name = "mina"): Account => {
  const found = scene.members.account(fold(name));
  if (found === null) throw new Error(name);
  return found;
};

/** Hashes as `Scene` does, of the text that the earlier form made. */
const earlierHash = (text: string) => `hash of ${text}`;

/** A server with mina, whose hash was made before forms were noted. */
function earlier(password: string, options: ConstructorParameters<typeof Scene>[0] = {}): Scene {
  const scene = new Scene(options);
  scene.signUp("mina", false, undefined);
  const hash = earlierHash(password);
  scene.members.apply({ kind: "password", id: accountId("mina"), hash });
  return scene;
}

const logsIn = (scene: Scene, password: string): Actor =>
  scene.connect().logsIn("mina", [], password);
const isIn = (actor: Actor) => actor.hearsVerbs().includes("903");

describe("a password in any of its forms", () => {
  test("logs in to an account that was signed up with another, and is noted as opaque", () => {
    for (const [first, ...others] of [
      [NFC, ...TYPED],
      [NFD, NFC, ...TYPED],
    ]) {
      const scene = new Scene();
      scene.connect().says("NICK mina", "USER mina 0 * :Mina", `REGISTER * * :${first}`, "QUIT");
      expect(account(scene).passwordForm).toBe("opaque");
      for (const typed of others) expect(isIn(logsIn(scene, typed))).toBe(true);
    }
  });

  test.each(TYPED)("confirms, changes and identifies: %j", (typed) => {
    const scene = new Scene();
    const mina = scene.person("mina");
    mina.says("ACCOUNT CONFIRM :mina-password", `ACCOUNT PASSWORD :${typed}`);
    expect(mina.hears().at(-1)).toContain("PASSWORD_CHANGED");
    expect(account(scene).hash).toBe(earlierHash(NFC));
    expect(mina.says(`ACCOUNT CONFIRM :${NFC}`).hears().at(-1)).toContain("CONFIRMED");
    const guest = scene.guest("guest");
    const identified = guest.says(`PRIVMSG NickServ :IDENTIFY mina ${typed}`).hears();
    expect(identified.join("\n")).toContain("You are now logged in as mina");
  });

  test("passes as the server's password", () => {
    const passwordDigest = new Bun.CryptoHasher("sha256").update(NFC).digest("hex");
    for (const typed of TYPED) {
      const mina = new Scene({ passwordDigest }).connect().says(`PASS :${typed}`);
      expect(mina.introduces("mina").hearsVerbs()[0]).toBe("001");
    }
  });

  test("passes as a room's key", () => {
    const scene = new Scene();
    const mina = scene.guest("mina").says("JOIN #tea", `MODE #tea +k ${"녹차é".normalize("NFD")}`);
    mina.hears();
    const jun = scene.guest("jun");
    expect(jun.says("JOIN #tea 녹차é").hearsVerbs()).toContain("JOIN");
    const yuna = scene.guest("yuna");
    expect(yuna.says("JOIN #tea 녹차e").hearsVerbs()).toEqual(["475"]);
  });

  test("is another one in other widths", () => {
    const scene = new Scene();
    const mina = scene.connect().says("NICK mina", "USER mina 0 * :Mina");
    mina.says("REGISTER * * :warm tea １２", "QUIT");
    expect(isIn(logsIn(scene, "warm tea 12"))).toBe(false);
    expect(isIn(logsIn(scene, "warm tea １２"))).toBe(true);
  });
});

describe("a new password that can't be an OpaqueString", () => {
  test.each(["warm barley \u2764\ufe0f tea", "warm barley\u200btea", "warm barley \u1100\u1100"])(
    "is refused: %j",
    (password) => {
      const scene = new Scene();
      const sentence =
        "That password contains a character that not every keyboard types the same, such as an invisible one";
      const jun = scene.guest("jun").says(`REGISTER * * :${password}`);
      expect(jun.hears()).toEqual([
        `:tea.test FAIL REGISTER UNACCEPTABLE_PASSWORD jun :${sentence}`,
      ]);
      const mina = scene.person("mina").says("ACCOUNT CONFIRM :mina-password");
      mina.hears();
      expect(mina.says(`ACCOUNT PASSWORD :${password}`).hears()).toEqual([
        `:tea.test FAIL ACCOUNT UNACCEPTABLE_PASSWORD :${sentence}`,
      ]);
    },
  );
});

describe("a hash without a note of its form", () => {
  testWithOneServer("is made anew at a log-in, by one verification and one hash", () => {
    const scene = earlier(NFC);
    const queries: string[] = [];
    const { ask } = scene.server.state.ports;
    Object.assign(scene.server.state.ports, {
      ask: (id: number, query: Parameters<typeof ask>[1]) => {
        queries.push(query.kind);
        ask(id, query);
      },
    });
    expect(isIn(logsIn(scene, NFD))).toBe(true);
    // The first save is of the address that is known from now on.
    const [verification, , ...renewal] = queries;
    expect([verification, ...renewal]).toEqual([
      "verify-password",
      "hash-password",
      "save-accounts",
    ]);
    expect(account(scene)).toMatchObject({ passwordForm: "opaque", hash: earlierHash(NFC) });
    queries.length = 0;
    expect(isIn(logsIn(scene, NFC))).toBe(true);
    expect(queries).toEqual(["verify-password"]);
  });

  test("is made anew at ACCOUNT CONFIRM, for a device that logged in by certificate", () => {
    const scene = earlier(NFC);
    const fingerprint = "c".repeat(64);
    const certificate = { fingerprint, label: "phone", addedAt: 1 };
    scene.members.apply({ kind: "certificate-added", id: accountId("mina"), certificate });
    const mina = scene.connect({ certificate: fingerprint });
    mina.says("CAP REQ :sasl", "AUTHENTICATE EXTERNAL", "AUTHENTICATE +");
    mina.says("NICK mina", "USER mina 0 * :Mina", "CAP END");
    expect(account(scene).passwordForm).toBeUndefined();
    mina.says(`ACCOUNT CONFIRM :${NFD}`);
    expect(account(scene).passwordForm).toBe("opaque");
  });

  test("isn't made anew by a wrong password", () => {
    const scene = earlier(NFC);
    expect(isIn(logsIn(scene, "green tea, cold"))).toBe(false);
    expect(account(scene).passwordForm).toBeUndefined();
  });

  test("of a password that OpaqueString refuses still logs in, and stays as it is", () => {
    const password = "warm tea \u2764\ufe0f";
    const scene = earlier(password);
    expect(isIn(logsIn(scene, password.replaceAll(" ", "\u3000")))).toBe(true);
    expect(account(scene).hash).toBe(earlierHash(password));
    expect(account(scene).passwordForm).toBeUndefined();
    expect(isIn(logsIn(scene, password))).toBe(true);
  });

  test("is left for the next log-in when it can't be stored", () => {
    const scene = earlier(NFC);
    scene.diskFull = true;
    expect(isIn(logsIn(scene, NFC))).toBe(true);
    expect(account(scene).passwordForm).toBeUndefined();
    scene.diskFull = false;
    expect(isIn(logsIn(scene, NFC))).toBe(true);
    expect(account(scene).passwordForm).toBe("opaque");
  });

  test("that is made anew fails no log-in of another device that had begun", () => {
    const scene = earlier(NFC);
    scene.holding = true;
    const verifying = logsIn(scene, NFC);
    scene.members.apply({
      ...{ kind: "password", id: accountId("mina"), hash: "hash of the same, salted otherwise" },
      ...{ passwordForm: "opaque", renews: earlierHash(NFC) },
    });
    scene.settle();
    expect(isIn(verifying)).toBe(true);
  });

  test("that is made anew undoes no change of the password meanwhile", () => {
    const scene = earlier(NFC);
    scene.holding = true;
    logsIn(scene, NFC);
    scene.members.apply({
      ...{ kind: "password", id: accountId("mina"), hash: earlierHash("another one") },
      passwordForm: "opaque",
    });
    scene.settle();
    scene.members.apply({
      ...{ kind: "password", id: accountId("mina"), hash: "late", passwordForm: "opaque" },
      renews: earlierHash(NFC),
    });
    expect(account(scene).hash).toBe(earlierHash("another one"));
    expect(isIn(logsIn(scene, NFC))).toBe(false);
  });
});
