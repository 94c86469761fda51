import { expect, test } from "bun:test";
import { stripFormatting } from "../../lib/chat-client/receive/normalize-message.ts";
import { Stage } from "./stage.ts";

test("formatting codes are removed, and every letter of the text stays", () => {
  const rows = [
    ["\x02bold\x02 and \x1ditalic\x1d", "bold and italic"],
    ["\x0304,12red on blue\x03 plain", "red on blue plain"],
    ["\x034red\x0f 4\x035,x", "red 4,x"],
    ["\x03123", "3"],
    ["\x04ff0000hex\x04 \x04FF0000,00ff00both\x04", "hex both"],
    ["\x1eno\x1e \x11code\x11 \x16turned\x16 \x1funder\x1f", "no code turned under"],
    ["\x01ACTION \x02waves\x02\x01", "\x01ACTION waves\x01"],
    ["nothing", "nothing"],
    ["\x1b[31mnot ours\x07", "\x1b[31mnot ours\x07"],
  ] as const;
  for (const [written, read] of rows) {
    const message = { tags: new Map(), source: null, verb: "PRIVMSG", params: ["#tea", written] };
    expect(stripFormatting(message).params).toEqual(["#tea", read]);
  }
});

test("topics and messages of a room have no formatting codes", () => {
  const stage = new Stage().ready("", "").server(":민수!u@h JOIN #tea");
  stage.server(":s 332 민수 #tea :\x0302tea\x03 time", ":jun!u@h PRIVMSG #tea :\x02hi\x02 민수");
  expect(stage.at("#tea").topic).toBe("tea time");
  expect(stage.last("#tea")).toMatchObject({ text: "hi 민수", mention: true });
});
