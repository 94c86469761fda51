import { expect, test } from "bun:test";
import { invite } from "../../lib/member-server/invitation-codes.ts";
import { fold } from "../../lib/protocol/names.ts";
import { accountId } from "../account-ids.ts";
import { Scene } from "../scene.ts";

/* What DNS blocklists mean for people who connect from an address on one. */

const ADDRESS = "198.51.100.7";
const SENTENCES = {
  login: "Your address is on the list bl.example: log in, or use an invitation",
  refuse:
    "Your address is on the list bl.example: only members and invited people can connect from it",
};

function stage(action: "login" | "refuse", options: ConstructorParameters<typeof Scene>[0] = {}) {
  const scene = new Scene({ hasDnsbl: true, ...options });
  scene.listings.set(ADDRESS, { zone: "bl.example", action });
  scene.signUp("mina", true);
  return scene;
}

test("a guest from a listed address must log in, and can", () => {
  const scene = stage("login");
  const guest = scene.connect({ address: ADDRESS });
  guest.introduces("jun");
  expect(guest.hears()).toEqual([`:tea.test FAIL * ACCOUNT_REQUIRED :${SENTENCES.login}`]);
  guest.says("NS IDENTIFY mina mina-password");
  expect(guest.hearsVerbs()).toContain("001");
});

test("a guest from an address that is refused is closed with the reason", () => {
  const guest = stage("refuse").connect({ address: ADDRESS });
  guest.introduces("jun");
  expect(guest.hears()).toEqual([`ERROR :${SENTENCES.refuse}`]);
  expect(guest.closed).toBe(true);
});

test.each(["login", "refuse"] as const)(
  "members come in by password or certificate: %s",
  (action) => {
    const scene = stage(action);
    const mina = scene.connect({ address: ADDRESS });
    mina.logsIn("mina");
    expect(mina.hearsVerbs()).toContain("001");
    const certificate = { fingerprint: "d".repeat(64), label: "", addedAt: scene.now };
    scene.members.apply({ kind: "certificate-added", id: accountId("mina"), certificate });
    const device = scene.connect({ address: ADDRESS, certificate: certificate.fingerprint });
    device.says("CAP REQ sasl", "AUTHENTICATE EXTERNAL", "AUTHENTICATE +");
    device.says("NICK mina", "USER mina 0 * :mina", "CAP END");
    expect(device.hearsVerbs()).toContain("001");
  },
);

test.each(["login", "refuse"] as const)("only invited people sign up: %s", (action) => {
  const scene = stage(action);
  const stranger = scene.connect({ address: ADDRESS }).says("CAP LS 302", "NICK eve");
  stranger.hears();
  stranger.says("REGISTER * * :a long enough sentence");
  expect(stranger.hears()).toEqual([
    `:tea.test FAIL REGISTER INVITATION_REQUIRED eve :${SENTENCES[action]}`,
  ]);
  const by = scene.members.account(fold("mina"));
  const digest = (text: string) => new Bun.CryptoHasher("sha256").update(text).digest("hex");
  if (by === null) throw new Error("mina has no account");
  const made = invite(scene.members, { by }, "code567890123456", digest, scene.now);
  if ("refused" in made) throw new Error(made.refused.kind);
  for (const change of made.changes) scene.members.apply(change);
  const invited = scene.connect({ address: ADDRESS }).says(`PASS ${made.code}`, "NICK jun");
  invited.says("REGISTER * * :a long enough sentence");
  expect(invited.hearsVerbs()).toContain("REGISTER");
});

test("others come in as soon as the lookup has ended, and a member doesn't wait for it", () => {
  const scene = stage("refuse");
  scene.holding = true;
  const guest = scene.connect({ address: "192.0.2.9" });
  guest.introduces("jun");
  const device = "d".repeat(64);
  const certificate = { fingerprint: device, label: "", addedAt: scene.now };
  scene.members.apply({ kind: "certificate-added", id: accountId("mina"), certificate });
  const mina = scene.connect({ address: ADDRESS, certificate: device });
  mina.says("CAP REQ sasl", "AUTHENTICATE EXTERNAL", "AUTHENTICATE +");
  mina.says("NICK mina", "USER mina 0 * :mina", "CAP END");
  expect(mina.hearsVerbs()).toContain("001");
  expect(guest.hears()).toEqual([]);
  scene.settle();
  expect(guest.hearsVerbs()).toContain("001");
});

test("without lists nothing is looked up", () => {
  const scene = stage("refuse", { hasDnsbl: false });
  const guest = scene.connect({ address: ADDRESS });
  guest.introduces("jun");
  expect(guest.hearsVerbs()).toContain("001");
});
