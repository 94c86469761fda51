import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eraseOffline } from "../../lib/file-manager/maintenance/erase-offline.ts";
import { parseMessage } from "../../lib/protocol/wire/message.ts";
import { accountId } from "../account-ids.ts";
import { Life, openData, SeededWorld, signUp, type Voice } from "../crash/stage.ts";

/**
 * Every stored text of an account contains its own marker word. Then its messages are erased,
 * and the account is deleted; after that no file of the data folder has a word that docs/history.md promises to erase.
 */

const CAPS =
  "echo-message message-tags batch labeled-response draft/multiline draft/message-redaction sodam.chat/edit draft/metadata-2 setname draft/channel-rename draft/chathistory";

/** Texts of messages: erased with the account's messages. */
const SAID = [
  ...["zqtext", "zqnotice", "zqmultiline", "zqdirect", "zqcommand"],
  // A tag's key is what a client chose, and no less its words.
  ...["zqtagkey", "zqtagvalue", "zqreaction"],
  ...["zqbeforeedit", "zqfirstedit", "zqlastedit"],
  // In an unreachable room.
  "zqarchived",
] as const;

/** Texts that belong only to the account: deleted with it. */
const OF_THE_ACCOUNT = [
  ...["zqemail", "zqdevice", "zqsilenced", "zqownkey", "zqownvalue", "zqreportedwhy"],
] as const;

/** Texts that stay after the account is deleted, and why. */
const STAYS: Readonly<Record<string, string>> = {
  zqnick: "who: each line of a history says who did it, as they were called",
  zqrealname: "who: the real name is part of that",
  zqtopic: "a topic is the room's; the room's people change it",
  zqroomkey: "a room's metadata is the room's",
  zqroomvalue: "a room's metadata is the room's",
  zqlock: "a room's key is the room's",
  zqbanned: "a ban mask is the room's",
  zqbanreason: "why somebody was banned or muted is the room's",
  zqfilter: "a word filter is the room's",
  zqclosed: "why a room was closed belongs to the room",
  zqproof: "a reported message is the proof of those who handle the report, until they have",
  zqkicked: "why somebody was kicked belongs to what happened to them",
  zqleft: "a reason to leave says what happened, and answers keep their place",
  zqrenamed: "why a room was renamed belongs to the room",
  zqredacted: "why a message was redacted belongs to that message",
  zqroomname: "a room keeps its name and its folder",
};

/** Texts that are never stored. */
const NEVER_STORED = ["zqaway", "zqquit", "zqtyping"] as const;

const folder = mkdtempSync(join(tmpdir(), "erased-"));
const world = new SeededWorld(48);
let life: Life;
let mina: Voice;
const lines: string[] = [];

afterAll(async () => {
  await life.data.close();
  rmSync(folder, { recursive: true });
});

/** Returns the markers that any file holds (its name included), each with those files. */
function found(markers: readonly string[]): Record<string, string[]> {
  const root = join(folder, "data");
  const paths = readdirSync(root, { recursive: true, encoding: "utf8" }).sort();
  const result: Record<string, string[]> = {};
  for (const path of paths) {
    const isFile = statSync(join(root, path)).isFile();
    const text = isFile ? readFileSync(join(root, path), "utf8") : "";
    for (const marker of markers) {
      if (!text.includes(marker) && !path.includes(marker)) continue;
      result[marker] = [...(result[marker] ?? []), path];
    }
  }
  return result;
}

async function says(...texts: string[]): Promise<void> {
  mina.says(...texts);
  await life.settled();
}

/** The msgid of the newest line with a text that Mina received. */
function msgidOf(text: string): string {
  const line = lines.findLast((candidate) => candidate.includes(text)) ?? "";
  const msgid = parseMessage(line)?.tags.get("msgid");
  if (msgid === undefined) throw new Error(`nobody heard ${text}`);
  return msgid;
}

async function saveTwice(): Promise<void> {
  // Something new happens before each, so that there is something to save.
  const jun = await life.enter("jun", "", () => {});
  for (let n = 0; n < 2; n += 1) {
    jun.says("PRIVMSG jun :a note for myself");
    await life.settled();
    await life.data.save(() => life.server.snapshot());
  }
}

async function restart(): Promise<void> {
  await life.settled();
  await life.data.save(() => life.server.snapshot());
  await life.data.close();
  life = await Life.begin(folder, world);
}

beforeAll(async () => {
  const data = await openData(folder);
  for (const name of ["mina", "jun"]) await signUp(data, name);
  const id = accountId("mina");
  const certificate = { fingerprint: "f1", label: "zqdevice", addedAt: 1 };
  await data.answer({
    kind: "save-accounts",
    changes: [
      { kind: "email", id, email: "zqemail@example.org" },
      { kind: "certificate-added", id, certificate },
    ],
  });
  await data.close();
  life = await Life.begin(folder, world);
  mina = await life.enter("mina", CAPS, (line) => lines.push(line));
  const jun = await life.enter("jun", CAPS, () => {});
  await says("NICK zqnick", "SETNAME :zqrealname", "AWAY :zqaway", "SILENCE +zqsilenced!*@*");
  await says("METADATA * SET zqownkey :zqownvalue");
  await says("JOIN #zqroomname", "JOIN #tea", "TOPIC #tea :zqtopic", "MODE #tea +b zqbanned!*@*");
  await says("METADATA #tea SET zqroomkey :zqroomvalue");
  jun.says("JOIN #tea", "PRIVMSG #tea :what Jun said");
  await says("MODE #tea +k zqlock", "PRIVMSG #tea :zqtext", "NOTICE #tea :zqnotice");
  await says("@+zqtagkey=zqtagvalue PRIVMSG #tea :a message with a tag");
  await says(`@+draft/reply=${msgidOf("zqtext")};+draft/react=zqreaction TAGMSG #tea`);
  await says("@+typing=zqtyping TAGMSG #tea", "PRIVMSG #tea :\u0001ACTION zqcommand\u0001");
  await says("BATCH +b1 draft/multiline #tea", "@batch=b1 PRIVMSG #tea :one line");
  await says("@batch=b1 PRIVMSG #tea :zqmultiline", "BATCH -b1");
  await says("PRIVMSG #tea :zqbeforeedit");
  const edited = msgidOf("zqbeforeedit");
  await says(`EDIT #tea ${edited} :zqfirstedit`, `EDIT #tea ${edited} :zqlastedit`);
  await says(`REDACT #tea ${msgidOf("what Jun said")} :zqredacted`);
  await says("KICK #tea jun :zqkicked", "RENAME #tea #coffee :zqrenamed", "PRIVMSG jun :zqdirect");
  // Jun stays in the rooms, so that they aren't closed when Mina leaves.
  jun.says("JOIN #coffee zqlock", "JOIN #zqroomname", "PRIVMSG #zqroomname :what Jun said");
  await says("MODE #coffee +g zqfilter", "CS MUTE #coffee ~a:nobody 1h zqbanreason");
  await says("PRIVMSG #coffee :zqproof");
  jun.says(`REPORT #coffee ${msgidOf("zqproof")} :Jun's reason`, "PRIVMSG #coffee :rude words");
  await life.settled();
  await says(`REPORT #coffee ${msgidOf("rude words")} :zqreportedwhy`);
  await says(
    "CS CLOSE #zqroomname zqclosed",
    "JOIN #lunch",
    "PRIVMSG #lunch :zqarchived",
    "PART #lunch :zqleft",
  );
  await saveTwice();
});

describe("a text of an account", () => {
  test("is in the files at first, unless its field is never stored", () => {
    const stored = [...SAID, ...OF_THE_ACCOUNT, ...Object.keys(STAYS)].filter(
      // An edit leaves only the last text.
      (marker) => marker !== "zqbeforeedit" && marker !== "zqfirstedit",
    );
    expect(Object.keys(found(stored)).sort()).toEqual([...stored].sort());
    expect(found(["zqlastedit", "zqbeforeedit", "zqfirstedit", ...NEVER_STORED])).toEqual({
      zqlastedit: expect.any(Array),
    });
    const [archived = ""] = found(["zqarchived"])["zqarchived"] ?? [];
    expect(archived).toStartWith("gone/");
  });

  test("is erased by ACCOUNT FORGET if it is a message's; the rest stays", async () => {
    await says("ACCOUNT CONFIRM :mina-password", "ACCOUNT FORGET");
    await life.data.syncUntilSafe();
    await saveTwice();
    expect(found(SAID)).toEqual({});
    const rest = [...OF_THE_ACCOUNT, ...Object.keys(STAYS)];
    expect(Object.keys(found(rest)).sort()).toEqual(rest.sort());
  });

  test("is deleted with the account if it belongs only to the account", async () => {
    // Written and deleted between two starts: both are in one journal.
    const email = "zqlate@example.org";
    const change = { kind: "email", id: accountId("mina"), email } as const;
    await life.data.answer({ kind: "save-accounts", changes: [change] });
    await says("METADATA * SET zqlate :zqlate");
    expect(Object.keys(found(["zqlate"]))).toHaveLength(1);
    await says("ACCOUNT CONFIRM :mina-password", "ACCOUNT DELETE");
    await saveTwice();
    await restart();
    await restart();
    await saveTwice();
    expect(found([...SAID, ...OF_THE_ACCOUNT, ...NEVER_STORED, "zqlate"])).toEqual({});
    // Whatever this list names stays indeed: a line that is no longer true must go.
    expect(Object.keys(found(Object.keys(STAYS))).sort()).toEqual(Object.keys(STAYS).sort());
  });

  test("is erased with the server stopped, also of a deleted account", async () => {
    const jun = await life.enter("jun", CAPS, () => {});
    jun.says("JOIN #rice", "@+x=zqofflinetag PRIVMSG #rice :zqoffline", "PRIVMSG #rice :zqsecond");
    await life.settled();
    expect(Object.keys(found(["zqoffline", "zqofflinetag", "zqsecond"]))).toHaveLength(3);
    await life.data.save(() => life.server.snapshot());
    await life.data.close();
    expect(
      eraseOffline(join(folder, "data"), { account: accountId("jun"), since: 0 }, "jun").ok,
    ).toBe(true);
    expect(found(["zqoffline", "zqofflinetag", "zqsecond"])).toEqual({});
    life = await Life.begin(folder, world);
  });
});
