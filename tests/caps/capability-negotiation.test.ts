import { describe, expect, test } from "bun:test";
import type { ServerOptions } from "../../lib/chat-server/server-options.ts";
import { CAPS, isCap } from "../../lib/protocol/wire/caps.ts";
import { type Actor, Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/capability-negotiation */

/** The words after the last colon of a line. */
function words(line: string | undefined): string[] {
  return line?.slice(line.lastIndexOf(" :") + 2).split(" ") ?? [];
}

test("LS 302 lists capabilities with their values; all lines but the last have a *", () => {
  const lines = new Scene().connect().says("CAP LS 302").hears();
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(510);
  const starts = lines.map((line) => line.slice(0, line.lastIndexOf(" :")));
  expect(starts.at(-1)).toBe(":tea.test CAP * LS");
  expect(new Set(starts.slice(0, -1))).toEqual(new Set([":tea.test CAP * LS *"]));
  const offered = lines.flatMap(words);
  expect(offered).toContain("sasl=PLAIN,EXTERNAL");
  expect(offered).toContain("message-tags");
  const names = offered.map((one) => one.split("=")[0] ?? "");
  expect(names.every(isCap)).toBe(true);
  expect(new Set(names).size).toBe(names.length);
});

test("every listed capability can be requested, except STS", () => {
  const names = new Scene().connect().says("CAP LS 302").hears().flatMap(words);
  const mina = new Scene().connect().says("CAP LS 302");
  mina.hears();
  for (const name of names.map((one) => one.split("=")[0])) {
    expect(mina.says(`CAP REQ :${name}`).hears()).toEqual([`:tea.test CAP * ACK :${name}`]);
    // One of the two is granted at a time.
    if (name === "draft/metadata-2") mina.says(`CAP REQ :-${name}`).hears();
  }
});

test("before 302 the list is one line without values, and ratified capabilities come first", () => {
  const [line, ...more] = new Scene().connect().says("CAP LS").hears();
  expect(more).toEqual([]);
  expect(line).toStartWith(":tea.test CAP * LS :sasl message-tags server-time account-tag batch ");
  expect(line?.length).toBeLessThanOrEqual(510);
  expect(line).not.toContain("=");
});

test("a version higher than 302 is treated as 302", () => {
  const mina = new Scene().connect().says("CAP LS 307", "CAP LIST");
  expect(mina.hears().at(-1)).toEqual(":tea.test CAP * LIST :cap-notify");
});

test("a later, lower version is answered in its format, and the session keeps the higher one", () => {
  const mina = new Scene().connect().says("CAP LS 302");
  const first = mina.hears();
  mina.says("CAP LS 301");
  const [line, ...more] = mina.hears();
  expect(more).toEqual([]);
  expect(line).toStartWith(":tea.test CAP * LS :sasl message-tags ");
  mina.says("CAP REQ :-cap-notify");
  expect(mina.hears()).toEqual([":tea.test CAP * NAK :-cap-notify"]);
  mina.says("CAP LS 302");
  expect(mina.hears()).toEqual(first);
  expect(mina.session.capVersion).toBe(302);
});

test("LS and REQ suspend the registration until END", () => {
  for (const opening of ["CAP LS", "CAP LS 302", "CAP REQ :batch"]) {
    const mina = new Scene().connect().says(opening);
    mina.hears();
    mina.says("NICK mina", "USER mina 0 * :Mina");
    expect(mina.hears()).toEqual([]);
    mina.says("CAP END");
    expect(mina.hears()[0]).toBe(":tea.test 001 mina :Welcome to Teahouse, mina");
  }
});

test("without CAP, NICK and USER complete the registration", () => {
  const mina = new Scene().connect().says("NICK mina", "USER mina 0 * :Mina");
  expect(mina.hears()[0]).toBe(":tea.test 001 mina :Welcome to Teahouse, mina");
});

test("REQ is granted as a whole, or refused as a whole", () => {
  const mina = new Scene().connect();
  mina.says("CAP REQ :multi-prefix  batch ", "CAP REQ :server-time tea-ceremony", "CAP LIST");
  expect(mina.hears()).toEqual([
    ":tea.test CAP * ACK :multi-prefix batch",
    ":tea.test CAP * NAK :server-time tea-ceremony",
    ":tea.test CAP * LIST :multi-prefix batch",
  ]);
});

test("REQ disables capabilities, and accepts those that are enabled or disabled already", () => {
  const mina = new Scene().connect();
  mina.says("CAP REQ :batch chghost", "CAP REQ :batch", "CAP REQ :-chghost -setname", "CAP LIST");
  expect(mina.hears()).toEqual([
    ":tea.test CAP * ACK :batch chghost",
    ":tea.test CAP * ACK :batch",
    ":tea.test CAP * ACK :-chghost -setname",
    ":tea.test CAP * LIST :batch",
  ]);
});

test("capability names are case-sensitive", () => {
  const mina = new Scene().connect().says("CAP REQ :Batch");
  expect(mina.hears()).toEqual([":tea.test CAP * NAK :Batch"]);
});

test("an empty REQ is granted", () => {
  expect(new Scene().connect().says("CAP REQ :").hears()).toEqual([":tea.test CAP * ACK :"]);
});

test("a long REQ is acknowledged in several lines, and refused in one, each within 512 bytes", () => {
  const mina = new Scene().connect();
  const asked = Array(27).fill("userhost-in-names").join(" ");
  const acks = mina.says(`CAP REQ :${asked}`).hears();
  expect(acks).toHaveLength(2);
  const naks = mina.says(`CAP REQ :${asked} tea`).hears();
  expect(naks).toHaveLength(1);
  for (const line of [...acks, ...naks]) expect(line.length).toBeLessThanOrEqual(510);
  expect(acks.every((line) => line.startsWith(":tea.test CAP * ACK :userhost-in-names "))).toBe(
    true,
  );
  expect(naks[0]).toStartWith(":tea.test CAP * NAK :userhost-in-names ");
});

test("STS can't be requested", () => {
  expect(new Scene().connect().says("CAP REQ :sts").hears()).toEqual([":tea.test CAP * NAK :sts"]);
});

test("cap-notify is enabled by 302, and can't be disabled then", () => {
  const mina = new Scene().connect().says("CAP LS 302");
  mina.hears();
  mina.says("CAP LIST", "CAP REQ :cap-notify", "CAP REQ :-cap-notify", "CAP LIST");
  expect(mina.hears()).toEqual([
    ":tea.test CAP * LIST :cap-notify",
    ":tea.test CAP * ACK :cap-notify",
    ":tea.test CAP * NAK :-cap-notify",
    ":tea.test CAP * LIST :cap-notify",
  ]);
});

test("before 302 cap-notify is requested and disabled like any other", () => {
  const mina = new Scene().connect();
  mina.says("CAP REQ :cap-notify", "CAP REQ :-cap-notify", "CAP LIST");
  expect(mina.hears()).toEqual([
    ":tea.test CAP * ACK :cap-notify",
    ":tea.test CAP * ACK :-cap-notify",
    ":tea.test CAP * LIST :",
  ]);
});

test("LIST is empty at first, and then names the enabled capabilities", () => {
  const mina = new Scene().connect().says("CAP LIST", "CAP REQ :away-notify", "CAP LIST");
  expect(mina.hears()).toEqual([
    ":tea.test CAP * LIST :",
    ":tea.test CAP * ACK :away-notify",
    ":tea.test CAP * LIST :away-notify",
  ]);
});

test("CAP works after the registration as well, where END does nothing", () => {
  const mina = new Scene().guest("mina");
  mina.says("CAP LS 302", "CAP REQ :batch", "CAP END", "CAP LIST");
  expect(mina.hears().slice(-2)).toEqual([
    ":tea.test CAP mina ACK :batch",
    ":tea.test CAP mina LIST :cap-notify batch",
  ]);
  mina.says("PING :still here");
  expect(mina.hears()).toEqual([":tea.test PONG tea.test :still here"]);
});

test("END before NICK and USER ends the negotiation and nothing else", () => {
  const mina = new Scene().connect().says("CAP LS 302", "CAP END");
  mina.hears();
  mina.says("NICK mina");
  expect(mina.hears()).toEqual([]);
  mina.says("USER mina 0 * :Mina");
  expect(mina.hears()[0]).toBe(":tea.test 001 mina :Welcome to Teahouse, mina");
});

test("CAP replies have the nick once there is one", () => {
  const mina = new Scene().connect().says("NICK mina", "CAP LIST");
  expect(mina.hears()).toEqual([":tea.test CAP mina LIST :"]);
});

test("an unknown subcommand is 410 with its name, and a missing one 461", () => {
  const mina = new Scene().connect().says("CAP POUR", "CAP");
  expect(mina.hears()).toEqual([
    ":tea.test 410 * POUR :Unknown CAP subcommand",
    ":tea.test 461 * CAP :Not enough parameters",
  ]);
});

test("a REQ is applied from left to right", () => {
  const mina = new Scene().connect();
  mina.says("CAP REQ :batch -batch", "CAP LIST", "CAP REQ :-batch batch", "CAP LIST");
  expect(mina.hears()).toEqual([
    ":tea.test CAP * ACK :batch -batch",
    ":tea.test CAP * LIST :",
    ":tea.test CAP * ACK :-batch batch",
    ":tea.test CAP * LIST :batch",
  ]);
});

test("capabilities change only after the last ACK of a REQ", () => {
  const mina = new Scene().connect();
  const atEachAck: number[] = [];
  mina.session.link.send = () => void atEachAck.push(mina.session.caps.size);
  mina.says(`CAP REQ :${Array(27).fill("userhost-in-names").join(" ")}`);
  expect(atEachAck).toEqual([0, 0]);
  expect(mina.session.has("userhost-in-names")).toBe(true);
});

test("a NAK enables and disables nothing", () => {
  const mina = new Scene().connect().says("CAP REQ :batch");
  mina.says("CAP REQ :server-time -batch tea", "CAP REQ :tea -batch", "CAP LIST");
  expect(mina.hears().slice(1)).toEqual([
    ":tea.test CAP * NAK :server-time -batch tea",
    ":tea.test CAP * NAK :tea -batch",
    ":tea.test CAP * LIST :batch",
  ]);
});

test("a NAK that doesn't fit in a line is cut after a whole name", () => {
  const mina = new Scene().connect().says(`CAP REQ :${"chocolate ".repeat(40)}`);
  expect(mina.hears()).toEqual([`:tea.test CAP * NAK :${"chocolate ".repeat(35).trimEnd()}`]);
});

/** Invalid subcommands; those that only servers send are among them. */
for (const subcommand of ["POUR", "CLEAR", "ACK", "NAK", "NEW", "DEL"]) {
  test(`CAP ${subcommand} is 410, before and after the registration`, () => {
    const mina = new Scene().connect().says(`CAP ${subcommand} :batch`);
    expect(mina.hears()).toEqual([`:tea.test 410 * ${subcommand} :Unknown CAP subcommand`]);
    const jun = new Scene().guest("jun").says(`CAP ${subcommand} :batch`);
    expect(jun.hears()).toEqual([`:tea.test 410 jun ${subcommand} :Unknown CAP subcommand`]);
  });
}

/** The version that a client names, and whether it means what 302 does. */
const VERSIONS: readonly (readonly [string, boolean])[] = [
  ["", false],
  ["301", false],
  ["tea", false],
  ["302", true],
  ["0302", true],
  ["303", true],
  ["1000", true],
];

for (const [version, knowsValues] of VERSIONS) {
  test(`CAP LS ${version || "without a version"} ${knowsValues ? "has" : "has no"} values, lines and cap-notify`, () => {
    const mina = new Scene().connect().says(`CAP LS ${version}`);
    const lines = mina.hears();
    expect(lines.some((line) => line.includes("="))).toBe(knowsValues);
    expect(lines.length > 1).toBe(knowsValues);
    expect(mina.says("CAP LIST").hears()).toEqual([
      `:tea.test CAP * LIST :${knowsValues ? "cap-notify" : ""}`,
    ]);
  });
}

test("values are only in LS: not in ACK, NAK or LIST", () => {
  const mina = new Scene().connect().says("CAP LS 302");
  mina.hears();
  mina.says("CAP REQ :sasl draft/multiline", "CAP REQ :sasl=PLAIN", "CAP LIST");
  expect(mina.hears()).toEqual([
    ":tea.test CAP * ACK :sasl draft/multiline",
    // Names are opaque: with a value it is a different, unknown name.
    ":tea.test CAP * NAK :sasl=PLAIN",
    ":tea.test CAP * LIST :cap-notify sasl draft/multiline",
  ]);
});

test("a long LIST is split like LS for 302, and is one line before", () => {
  const asked = new Scene().connect().says("CAP LS 302").hears().flatMap(words);
  const names = asked.map((one) => one.split("=")[0] ?? "");
  for (const version of [" 302", ""]) {
    const mina = new Scene().connect().says(`CAP LS${version}`);
    for (const name of names) mina.says(`CAP REQ :${name}`);
    mina.hears();
    const lines = mina.says("CAP LIST").hears();
    const starts = lines.map((line) => line.slice(0, line.lastIndexOf(" :")));
    expect(starts.at(-1)).toBe(":tea.test CAP * LIST");
    expect(starts.length > 1).toBe(version !== "");
    for (const start of starts.slice(0, -1)) expect(start).toBe(":tea.test CAP * LIST *");
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(510);
  }
});

test("LS has the same names after the registration, and at any time later", () => {
  const mina = new Scene().connect().says("CAP LS 302");
  const before = mina.hears().flatMap(words);
  mina.says("NICK mina", "USER mina 0 * :Mina", "CAP END").hears();
  expect(mina.says("CAP LS 302").hears().flatMap(words)).toEqual(before);
});

test("END without a negotiation does nothing, and REQ after END starts one", () => {
  const mina = new Scene().connect().says("CAP END", "CAP REQ :batch", "NICK mina");
  mina.says("USER mina 0 * :Mina");
  expect(mina.hearsVerbs()).toEqual(["CAP"]);
  expect(mina.says("CAP END").hearsVerbs()[0]).toBe("001");
});

describe("cap-notify", () => {
  /** The server's owner, who uses REHASH with these settings. */
  function rehashes(scene: Scene, change: Partial<ServerOptions>): void {
    scene.settings = { options: { ...scene.server.state.options, ...change }, messages: [] };
    scene.person("owner").says("REHASH", "QUIT");
  }

  function stage(options: Partial<ServerOptions> = {}): Scene {
    const scene = new Scene(options);
    scene.signUp("owner", true);
    return scene;
  }

  const caps = (actor: Actor) => actor.hears().filter((line) => line.includes(" CAP "));
  const CLOSED = { signUp: "closed" } as const;
  const REGISTRATION = "draft/account-registration";

  test("a removed capability is announced by DEL, and a new one by NEW with its value", () => {
    const scene = stage();
    const mina = scene.connect().says("CAP LS 302").introduces("mina").says("CAP END");
    mina.hears();
    rehashes(scene, CLOSED);
    expect(caps(mina)).toEqual([`:tea.test CAP mina DEL :${REGISTRATION}`]);
    rehashes(scene, { signUp: "open" });
    expect(caps(mina)).toEqual([
      `:tea.test CAP mina NEW :${REGISTRATION}=before-connect,custom-account-name`,
    ]);
  });

  test("a changed value is announced by NEW as well", () => {
    const scene = stage({ stsSeconds: 30 });
    const mina = scene.connect().says("CAP LS 302").introduces("mina").says("CAP END");
    mina.hears();
    rehashes(scene, { email: "required", stsSeconds: 60 });
    expect(caps(mina)).toEqual([
      `:tea.test CAP mina NEW :${REGISTRATION}=before-connect,email-required,custom-account-name sts=duration=60`,
    ]);
  });

  test("a withdrawn capability is disabled, can't be requested, and is in no list", () => {
    const scene = stage();
    const mina = scene.guest("mina", "batch", REGISTRATION);
    rehashes(scene, CLOSED);
    mina.hears();
    mina.says("CAP LIST", `CAP REQ :${REGISTRATION}`, "CAP LS 302");
    const [list, refusal, ...offered] = mina.hears();
    expect(list).toBe(":tea.test CAP mina LIST :cap-notify batch");
    expect(refusal).toBe(`:tea.test CAP mina NAK :${REGISTRATION}`);
    expect(offered.join()).not.toContain(REGISTRATION);
  });

  test("sessions without cap-notify and 302 get neither", () => {
    const scene = stage();
    const mina = scene.connect().says("CAP LS", "NICK mina", "USER mina 0 * :Mina", "CAP END");
    const jun = scene.connect().says("NICK jun", "USER jun 0 * :Jun");
    for (const one of [mina, jun]) one.hears();
    rehashes(scene, CLOSED);
    expect([...mina.hears(), ...jun.hears()].join()).not.toContain(" CAP ");
  });

  test("sessions with cap-notify but without 302 get only names, and no changed values", () => {
    const scene = stage();
    const mina = scene.connect().says("CAP REQ :cap-notify", "NICK mina", "USER mina 0 * :Mina");
    mina.says("CAP END").hears();
    rehashes(scene, { email: "required" });
    expect(caps(mina)).toEqual([]);
    rehashes(scene, CLOSED);
    rehashes(scene, { signUp: "open" });
    expect(caps(mina)).toEqual([
      `:tea.test CAP mina DEL :${REGISTRATION}`,
      `:tea.test CAP mina NEW :${REGISTRATION}`,
    ]);
  });

  test("sessions that are not registered yet get them as well", () => {
    const scene = stage();
    const mina = scene.connect().says("CAP LS 302");
    mina.hears();
    rehashes(scene, CLOSED);
    expect(caps(mina)).toEqual([`:tea.test CAP * DEL :${REGISTRATION}`]);
  });

  test("settings that change no capability send no CAP", () => {
    const scene = stage();
    const mina = scene.guest("mina", "cap-notify");
    rehashes(scene, { guests: false, motd: ["More tea."], signUp: "invite" });
    expect(caps(mina)).toEqual([]);
  });
});

test("names are lower-case letters, digits and hyphens, after a vendor's domain or draft/ if not ratified", () => {
  for (const name of Object.keys(CAPS)) {
    expect(name).toMatch(/^(?:(?:draft|(?:[a-z0-9-]+\.)+[a-z]+)\/)?[a-z0-9][a-z0-9-]*$/);
  }
});

/** "This client capability MUST be named …": each ratified text's own, without a vendor or a draft before it. */
const RATIFIED =
  "account-notify account-tag away-notify batch cap-notify chghost echo-message extended-join " +
  "extended-monitor invite-notify labeled-response message-tags multi-prefix no-implicit-names sasl " +
  "server-time setname standard-replies userhost-in-names";

test("every ratified capability is listed under the name in its specification", () => {
  const names = new Scene().connect().says("CAP LS 302").hears().flatMap(words);
  const plain = names.map((one) => one.split("=")[0] ?? "").filter((name) => !name.includes("/"));
  expect(plain.sort()).toEqual(RATIFIED.split(" "));
});
