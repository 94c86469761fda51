import { expect, test } from "bun:test";
import { formatTime } from "../../lib/protocol/time.ts";
import { type Actor, Scene } from "../scene.ts";
import { testWithOneServer } from "../takeover-stage.ts";

const CAPS = ["message-tags", "server-time", "batch", "soju.im/search", "draft/message-redaction"];

/** Mina and Jun in a room and in direct messages; Sun, without message-redaction, is in the room. */
function teahouse() {
  const scene = new Scene();
  scene.signUp("mina");
  scene.now += 1000;
  const mina = scene.person("mina", ...CAPS, "sodam.chat/unread");
  const jun = scene.person("jun", ...CAPS, "sodam.chat/unread");
  const sun = scene.person("sun");
  for (const actor of [mina, jun, sun]) actor.says("JOIN #tea");
  mina.says("PRIVMSG #tea :one, jun", "PRIVMSG jun :psst");
  jun.says("PRIVMSG #tea :two");
  mina.says("PRIVMSG #tea :three", "@+draft/react=x TAGMSG #tea");
  for (const actor of [mina, jun, sun]) actor.hears();
  return { scene, mina, jun, sun };
}

function confirmed(actor: Actor, name: string): Actor {
  return actor.says(`ACCOUNT CONFIRM :${name}-password`, "ACCOUNT FORGET");
}

function texts(actor: Actor, ...lines: string[]): string[] {
  actor.hears();
  return actor
    .says(...lines)
    .hears()
    .filter((line) => line.includes(" PRIVMSG "))
    .map((line) => line.slice(line.lastIndexOf(":") + 1));
}

test("ACCOUNT FORGET deletes all messages of an account, after CONFIRM", () => {
  const { mina, jun } = teahouse();
  mina.says("ACCOUNT FORGET");
  expect(mina.hears()).toEqual([expect.stringContaining("FAIL ACCOUNT CONFIRMATION_REQUIRED")]);
  expect(texts(jun, "HISTORY #tea")).toEqual(["one, jun", "two", "three"]);
  confirmed(mina, "mina");
  const lines = mina.hears();
  expect(lines).toContain(":tea.test NOTE ACCOUNT FORGETTING mina :The messages are being deleted");
  expect(lines.at(-1)).toBe(
    ":tea.test NOTE ACCOUNT FORGOTTEN mina 3 2 :Deleted 3 messages in 2 conversations",
  );
  for (const actor of [mina, jun]) {
    expect(texts(actor, "HISTORY #tea")).toEqual(["two"]);
    expect(texts(actor, `HISTORY ${actor === mina ? "jun" : "mina"}`)).toEqual([]);
    expect(texts(actor, "SEARCH text=one")).toEqual([]);
  }
});

test("ACCOUNT FORGET removes what is pinned of it, also what only the files have, and nothing else", () => {
  const { scene, mina, jun, sun } = teahouse();
  const caps = ["draft/metadata-2", "message-tags"];
  const op = scene.person("op", ...caps).says("METADATA * SUB sodam.chat/pinned");
  const pinned = { "#old": "mina: we ship", "#new": "mina: soon", "#our": "op: mina: soon" };
  for (const [room, text] of Object.entries(pinned)) {
    op.says(`JOIN ${room}`, `METADATA ${room} SET sodam.chat/pinned :${text}`);
    mina.says(`JOIN ${room}`, `PRIVMSG ${room} :${text.replace("mina: ", "")}`);
  }
  // So much that a server keeps it in its files alone.
  const { state } = scene.server;
  for (const conversation of state.rooms.conversations()) {
    if ("name" in conversation && conversation.name === "#old")
      conversation.recentEvents.splice(0, Infinity);
  }
  for (const actor of [jun, sun, op]) actor.hears();
  confirmed(mina, "mina");
  const heard = op.hears().filter((line) => line.includes(" METADATA "));
  expect(heard.map((line) => line.replace(/^.* METADATA /, "")).sort()).toEqual([
    "#new sodam.chat/pinned *",
    "#old sodam.chat/pinned *",
  ]);
  op.says("METADATA #our GET sodam.chat/pinned");
  expect(op.hears().join()).toContain("op: mina: soon");
});

test("ACCOUNT FORGET deletes direct messages to guests as well", () => {
  const { scene, mina } = teahouse();
  const guest = scene.guest("bora", ...CAPS);
  mina.says("PRIVMSG bora :psst");
  guest.says("PRIVMSG mina :what?");
  expect(texts(guest, "HISTORY mina")).toEqual(["psst", "what?"]);
  confirmed(mina, "mina");
  expect(texts(guest, "HISTORY mina")).toEqual(["what?"]);
});

testWithOneServer(
  "a failure in the middle is reported as incomplete, and FORGET can be sent again",
  () => {
    const { scene, mina } = teahouse();
    const { ports } = scene.server.state;
    Object.assign(ports, {
      append: () => {
        throw new Error("a fault of ours");
      },
    });
    expect(() => confirmed(mina, "mina")).toThrow("a fault of ours");
    expect(mina.hears().join("\n")).toContain(" ACCOUNT FORGET_INCOMPLETE ");
    expect(scene.server.state.accountsBeingErased.size).toBe(0);
  },
);

test("ACCOUNT FORGET is allowed three times an hour", () => {
  const scene = new Scene({ floodControl: true });
  const mina = scene.person("mina").says("JOIN #tea", "ACCOUNT CONFIRM :mina-password");
  for (let i = 0; i < 3; i += 1) mina.says("PRIVMSG #tea :oh", "ACCOUNT FORGET");
  expect(mina.hears().at(-1)).toContain(" NOTE ACCOUNT FORGOTTEN mina 1 1 ");
  mina.says("ACCOUNT FORGET");
  expect(mina.hears()).toEqual([
    ":tea.test FAIL ACCOUNT RATE_LIMITED mina :You did that a short while ago. Try again in an hour",
  ]);
  scene.signUp("jun", true);
  const jun = scene.person("jun");
  for (let i = 0; i < 4; i += 1) jun.says("ACCOUNT FORGET mina");
  expect(jun.hears().at(-1)).toContain(" NOTE ACCOUNT FORGOTTEN mina 0 0 ");
  scene.passes(3_600_000);
  const later = scene.person("mina").says("ACCOUNT CONFIRM :mina-password", "ACCOUNT FORGET");
  expect(later.hears().at(-1)).toContain(" NOTE ACCOUNT FORGOTTEN mina 0 0 ");
});

test("clients with message-redaction are sent a REDACT for each recent deleted message", () => {
  const { mina, jun, sun } = teahouse();
  confirmed(mina, "mina");
  const redactions = jun.hearsPlain().filter((line) => line.includes(" REDACT "));
  expect(redactions).toHaveLength(4);
  expect(redactions.every((line) => line.startsWith(":mina!"))).toBe(true);
  expect(redactions.filter((line) => line.includes(" REDACT jun "))).toHaveLength(1);
  expect(sun.hears()).toEqual([]);
});

testWithOneServer(
  "at most a hundred REDACTs are sent per room, and the history grows by one event",
  () => {
    const { scene, mina, jun } = teahouse();
    for (let n = 0; n < 1000; n += 1) mina.says(`PRIVMSG #tea :number ${n}`);
    const room = scene.server.state.rooms.byName("#tea");
    const at = room?.position ?? 0;
    for (const actor of [mina, jun]) actor.hears();
    confirmed(mina, "mina");
    expect(room?.position).toBe(at + 1);
    const told = jun.hears().filter((line) => line.includes(" REDACT #tea "));
    expect(told).toHaveLength(100);
    expect(mina.hears().at(-1)).toContain("FORGOTTEN mina 1003 2");
  },
);

test("unread counts are corrected and sent at once, and are the same after a restart", () => {
  const { scene, mina, jun } = teahouse();
  scene.now += 1000;
  mina.says("PRIVMSG #tea :jun!", "PRIVMSG #tea :here?", "PRIVMSG jun :psst");
  scene.person("sun").says("PRIVMSG #tea :hello jun");
  jun.hears();
  const counts = (actor: Actor) => actor.hears().filter((line) => line.includes(" UNREAD "));
  confirmed(mina, "mina");
  // Jun sent a message to the room, and none to Mina.
  const left = [":tea.test UNREAD #tea 1 1", ":tea.test UNREAD mina 0 0"];
  expect(counts(jun).sort()).toEqual(left);
  const again = () => scene.connect().logsIn("jun", ["sodam.chat/unread"]);
  expect(counts(again())).toEqual(left.slice(0, 1));
  const later = scene.restart().connect().logsIn("jun", ["sodam.chat/unread"]);
  expect(counts(later)).toEqual(left.slice(0, 1));
});

test("messages sent during ACCOUNT FORGET stay, and one redacted during it is counted once", () => {
  const { scene, mina, jun } = teahouse();
  scene.holding = true;
  mina.says("ACCOUNT CONFIRM :mina-password");
  scene.settle();
  mina.says("ACCOUNT FORGET");
  const room = scene.server.state.rooms.byName("#tea");
  const first = room?.recentEvents.find((event) => event.kind === "said");
  mina.says("PRIVMSG #tea :and now?", `REDACT #tea ${first?.msgid}`);
  scene.holding = false;
  scene.settle();
  expect(texts(jun, "HISTORY #tea")).toEqual(["two", "and now?"]);
  expect([...(room?.messagesByDay.values() ?? [])]).toEqual([2]);
});

test("messages can't be edited while they are being deleted", () => {
  const { scene, mina } = teahouse();
  scene.holding = true;
  mina.says("ACCOUNT CONFIRM :mina-password");
  scene.settle();
  mina.hears();
  const said = scene.server.state.rooms
    .byName("#tea")
    ?.recentEvents.find(({ kind }) => kind === "said");
  mina.says("ACCOUNT FORGET", `EDIT #tea ${said?.msgid} :other words`, "ACCOUNT FORGET");
  expect(mina.hears().map((line) => line.split(" ").slice(1, 4).join(" "))).toEqual([
    "NOTE ACCOUNT FORGETTING",
    "FAIL EDIT TEMPORARILY_UNAVAILABLE",
    "FAIL ACCOUNT TEMPORARILY_UNAVAILABLE",
  ]);
});

test("ACCOUNT FORGET continues when its session closes", () => {
  const { scene, mina, jun } = teahouse();
  scene.holding = true;
  mina.says("ACCOUNT CONFIRM :mina-password");
  scene.settle();
  mina.says("ACCOUNT FORGET").vanishes();
  scene.holding = false;
  scene.settle();
  expect(texts(jun, "HISTORY #tea")).toEqual(["two"]);
  expect(scene.notes.at(-1)).toBe("deleted 3 messages in 2 conversations of mina");
});

test("only an operator can delete the messages of another account", () => {
  const { scene, mina, jun, sun } = teahouse();
  jun.says("ACCOUNT FORGET mina");
  expect(jun.hears()).toEqual([
    ":tea.test FAIL ACCOUNT NOT_OPERATOR mina :Only operators can delete other people's messages",
  ]);
  scene.signUp("boss", true);
  const boss = scene.person("boss");
  boss.says("ACCOUNT FORGET MINA");
  expect(boss.hears().at(-1)).toContain("NOTE ACCOUNT FORGOTTEN mina 3 2");
  for (const actor of [mina, jun]) expect(texts(actor, "HISTORY #tea")).toEqual(["two"]);
  expect(sun.hears()).toEqual([]);
});

test("messages of a former account of the same name stay", () => {
  const { scene, mina } = teahouse();
  const first = scene.now;
  mina.says("ACCOUNT CONFIRM :mina-password", "ACCOUNT DELETE");
  scene.now += 1000;
  const second = scene.person("mina", ...CAPS);
  second.says("JOIN #tea", "PRIVMSG #tea :new here");
  confirmed(second, "mina");
  expect(second.hears().at(-1)).toContain("NOTE ACCOUNT FORGOTTEN mina 1 1");
  expect(texts(second, `CHATHISTORY AFTER #tea timestamp=${formatTime(first - 60_000)} 9`)).toEqual(
    ["one, jun", "two", "three"],
  );
});

test("with a full disk nothing is deleted, and FORGET_INCOMPLETE says so", () => {
  const { scene, mina, jun } = teahouse();
  scene.diskFull = true;
  confirmed(mina, "mina");
  expect(mina.hears().join("\n")).toContain("FAIL ACCOUNT FORGET_INCOMPLETE mina");
  expect(texts(jun, "HISTORY #tea")).toEqual(["one, jun", "two", "three"]);
});
