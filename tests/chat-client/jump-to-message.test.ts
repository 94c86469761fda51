import { expect, test } from "bun:test";
import { EMPTY_PAGES_MAX } from "../../lib/chat-client/history/history.ts";
import { fold } from "../../lib/protocol/names.ts";
import { ALL_CAPS, labelOf, START, Stage } from "./stage.ts";

const TEA = fold("#tea");

/** Messages m<from> to m<to> of #tea, a minute apart, as a page holds them. */
function lines(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => {
    const time = new Date(START + (from + index) * 60_000).toISOString();
    return `time=${time};msgid=m${from + index} :mina!u@h PRIVMSG #tea :${from + index}`;
  });
}

/** Answers the last CHATHISTORY that was sent; gives it, without its label. */
function page(stage: Stage, ...messages: string[]): string {
  const question = stage.sent().findLast((line) => line.includes(" CHATHISTORY ")) ?? "";
  const [, label = "", request = ""] = /^@label=(\S+) (.*)$/.exec(question) ?? [];
  stage.server(`@label=${label} :s BATCH +p chathistory #tea`);
  for (const message of messages) stage.server(`@batch=p;${message}`);
  stage.server(":s BATCH -p");
  return request;
}

/** In #tea, where the newest three of a hundred are loaded. */
function inTea(): Stage {
  const stage = new Stage().ready().server(":민수!u@h JOIN #tea");
  page(stage, ...lines(98, 100));
  return stage;
}

function jumpToMiddle(stage: Stage): boolean[] {
  const found: boolean[] = [];
  stage.session.history.jumpTo(TEA, { msgid: "m50", time: START }, (isFound) =>
    found.push(isFound),
  );
  return found;
}

function detachedText(stage: Stage): string | undefined {
  return stage
    .at("#tea")
    .detached?.lines.map((line) => line.text)
    .join(" ");
}

test("the lines around a message are a detached window, which pages at both ends", () => {
  const stage = inTea();
  const found = jumpToMiddle(stage);
  expect(page(stage, ...lines(48, 52))).toBe("CHATHISTORY AROUND #tea msgid=m50 50");
  expect(found).toEqual([true]);
  expect(detachedText(stage)).toBe("48 49 50 51 52");
  expect(stage.texts("#tea")).toEqual(["98", "99", "100"]);
  stage.session.history.loadOlder(TEA);
  expect(page(stage, ...lines(46, 47))).toBe("CHATHISTORY BEFORE #tea msgid=m48 50");
  stage.session.history.loadNewer(TEA);
  expect(page(stage, ...lines(53, 54))).toBe("CHATHISTORY AFTER #tea msgid=m52 50");
  expect(detachedText(stage)).toBe("46 47 48 49 50 51 52 53 54");
  expect(stage.at("#tea").oldestReached).toBe(false);
});

test("when it meets the newest lines the two are merged, without loss or duplicates", () => {
  const stage = inTea();
  jumpToMiddle(stage);
  page(stage, ...lines(50, 90));
  stage.session.history.loadNewer(TEA);
  page(stage, ...lines(91, 98));
  expect(detachedText(stage)).toBeUndefined();
  const all = Array.from({ length: 51 }, (_, index) => `${index + 50}`);
  expect(stage.texts("#tea")).toEqual(all);
  stage.session.history.loadOlder(TEA);
  expect(page(stage)).toBe("CHATHISTORY BEFORE #tea msgid=m50 50");
  expect(stage.at("#tea").oldestReached).toBe(true);
});

test("a message just above the newest lines needs no detached window", () => {
  const stage = inTea();
  stage.session.history.jumpTo(TEA, { msgid: "m97", time: START }, () => {});
  page(stage, ...lines(95, 99));
  expect(detachedText(stage)).toBeUndefined();
  expect(stage.texts("#tea")).toEqual(["95", "96", "97", "98", "99", "100"]);
});

test("edits and redactions apply to the detached window, and new messages go to the newest lines", () => {
  const stage = inTea();
  jumpToMiddle(stage);
  page(stage, ...lines(49, 51));
  stage.server(":mina!u@h EDIT #tea m50 :fifty", ":mina!u@h REDACT #tea m51 :typo");
  stage.server("@msgid=m101;time=2026-11-22T03:00:00.000Z :jun!u@h PRIVMSG #tea :news");
  expect(detachedText(stage)).toBe("49 fifty ");
  expect(stage.texts("#tea").at(-1)).toBe("news");
  stage.session.history.endJump(TEA);
  expect(detachedText(stage)).toBeUndefined();
});

test.each([
  ["a message that the server doesn't give", [] as string[]],
  ["a page without it", lines(10, 12)],
])("%s is not found, and nothing else is shown", (_, messages) => {
  const stage = inTea();
  const found = jumpToMiddle(stage);
  page(stage, ...messages);
  expect(found).toEqual([false]);
  expect(detachedText(stage)).toBeUndefined();
});

test("after a break while pages load, the detached window can be paged on", () => {
  const stage = inTea();
  jumpToMiddle(stage);
  page(stage, ...lines(49, 51));
  stage.session.history.loadOlder(TEA);
  stage.session.history.loadNewer(TEA);
  stage.session.closed("reset");
  expect(stage.at("#tea").detached).toMatchObject({ loadingOlder: false, loadingNewer: false });
});

test("search results go to the caller, and add no lines", () => {
  const stage = new Stage().ready(`${ALL_CAPS} soju.im/search`).server(":민수!u@h JOIN #tea");
  page(stage, ...lines(98, 100));
  let found = 0;
  stage.session.commands.search(new Map([["text", "tea"]]), (answer) => {
    found = answer.kind === "answered" ? answer.messages.length : -1;
  });
  const label = labelOf(stage.sent().find((line) => line.includes(" SEARCH ")));
  const inside = lines(10, 12).map((message) => `@batch=s;${message}`);
  stage.server(`@label=${label} :s BATCH +s soju.im/search`, ...inside, ":s BATCH -s");
  expect(found).toBe(3);
  expect(stage.texts("#tea")).toEqual(["98", "99", "100"]);
});

test("an older message is found page by page, down to the first", () => {
  const stage = inTea();
  const found: boolean[] = [];
  stage.session.history.loadBackTo(TEA, "m90", (isFound) => found.push(isFound));
  expect(page(stage, ...lines(94, 97))).toBe("CHATHISTORY BEFORE #tea msgid=m98 50");
  expect(found).toEqual([]);
  page(stage, ...lines(90, 93));
  expect(found).toEqual([true]);
  expect(stage.texts("#tea")[0]).toBe("90");
  stage.session.history.loadBackTo(TEA, "gone", (isFound) => found.push(isFound));
  page(stage);
  expect(found).toEqual([true, false]);
  stage.session.history.loadBackTo(TEA, "m95", (isFound) => found.push(isFound));
  expect(found).toEqual([true, false, true]);
});

test("above the detached window, paging continues past pages without lines", () => {
  const stage = inTea();
  jumpToMiddle(stage);
  page(stage, ...lines(49, 51));
  const reaction = (minute: number) => {
    const time = new Date(START + minute * 60_000).toISOString();
    return `time=${time};msgid=r${minute};+reply=m50;+draft/react=👍 :jun!u@h TAGMSG #tea`;
  };
  stage.session.history.loadOlder(TEA);
  for (let minute = 48; minute > 48 - EMPTY_PAGES_MAX; minute -= 1) page(stage, reaction(minute));
  expect(stage.at("#tea").detached?.loadingOlder).toBe(false);
  stage.session.history.loadOlder(TEA);
  const oldestSeen = 48 - EMPTY_PAGES_MAX + 1;
  expect(page(stage, ...lines(30, 31))).toBe(`CHATHISTORY BEFORE #tea msgid=r${oldestSeen} 50`);
  expect(detachedText(stage)).toBe("30 31 49 50 51");
});

test("below the detached window, paging continues past pages without lines", () => {
  const stage = inTea();
  jumpToMiddle(stage);
  page(stage, ...lines(49, 51));
  const reaction = (minute: number) => {
    const time = new Date(START + minute * 60_000).toISOString();
    return `time=${time};msgid=r${minute};+reply=m50;+draft/react=👍 :jun!u@h TAGMSG #tea`;
  };
  stage.session.history.loadNewer(TEA);
  for (let minute = 52; minute < 52 + EMPTY_PAGES_MAX; minute += 1) page(stage, reaction(minute));
  stage.session.history.loadNewer(TEA);
  const newestSeen = 52 + EMPTY_PAGES_MAX - 1;
  expect(page(stage, ...lines(70, 71))).toBe(`CHATHISTORY AFTER #tea msgid=r${newestSeen} 50`);
  expect(detachedText(stage)).toBe("49 50 51 70 71");
});
