import { expect, test } from "bun:test";
import type { LineOrigin } from "../../lib/protocol/wire/secret-params.ts";
import { hideEndText, hideTexts } from "../../lib/protocol/wire/trace-texts.ts";

test.each<[string, string]>([
  ["@label=7 PRIVMSG #tea :green tea", "@label=7 PRIVMSG #tea :<9 bytes>"],
  ["PRIVMSG jun 차", "PRIVMSG jun :<3 bytes>"],
  ["PRIVMSG :#tea green tea", "PRIVMSG #tea :<9 bytes>"],
  ["NOTICE #tea :green", "NOTICE #tea :<5 bytes>"],
  ["EDIT #tea id1 :black", "EDIT #tea id1 :<5 bytes>"],
  ["REDACT #tea id1 :a slip", "REDACT #tea id1 :<6 bytes>"],
  ["REDACT #tea id1", "REDACT #tea id1"],
  ["TOPIC #tea :leaves", "TOPIC #tea :<6 bytes>"],
  ["TOPIC #tea :", "TOPIC #tea :"],
  ["TOPIC #tea", "TOPIC #tea"],
  ["AWAY :at the doctor's", "AWAY :<15 bytes>"],
  ["AWAY", "AWAY"],
  ["SETNAME :Mina Kim", "SETNAME :<8 bytes>"],
  ["USER mina 0 * :Mina Kim", "USER mina 0 * :<8 bytes>"],
  ["METADATA * SET status :asleep", "METADATA * SET status :<6 bytes>"],
  ["METADATA * GET status", "METADATA * GET status"],
  ["KICK #tea jun :you know why", "KICK #tea jun :<12 bytes>"],
  ["PART #tea :bye", "PART #tea :<3 bytes>"],
  ["QUIT :bye all", "QUIT :<7 bytes>"],
  ["KNOCK #tea :it's me", "KNOCK #tea :<7 bytes>"],
  ["RENAME #tea #cha :better", "RENAME #tea #cha :<6 bytes>"],
  ["SEARCH in=#tea;text=green", "SEARCH :<18 bytes>"],
  ["REPORT #tea id1 :he threatens me", "REPORT #tea id1 :<15 bytes>"],
  ["KILL jun :spam", "KILL jun :<4 bytes>"],
  ["WALLOPS :restart soon", "WALLOPS :<12 bytes>"],
  ["@+draft/react=👍;+reply=id1 TAGMSG #tea", "@+draft/react=<4\\sbytes>;+reply=id1 TAGMSG #tea"],
  ["@+typing=active TAGMSG #tea", "@+typing=active TAGMSG #tea"],
  ["ACCOUNT SUSPEND jun 2d :too loud", "ACCOUNT SUSPEND jun 2d :<8 bytes>"],
  ["account remove jun MESSAGES :spam", "ACCOUNT remove jun :<13 bytes>"],
  ["ACCOUNT CERT ADD :Mina's phone", "ACCOUNT CERT ADD :<12 bytes>"],
  ["ACCOUNT CERT LIST", "ACCOUNT CERT LIST"],
  ["ACCOUNT SUSPEND jun", "ACCOUNT SUSPEND jun"],
  ["PRIVMSG NickServ ***", "PRIVMSG NickServ ***"],
  ["JOIN #tea", "JOIN #tea"],
  ["***", "***"],
])("of a client's line, a trace without texts has the length: %s", (line, shown) => {
  expect(hideTexts(line, "client")).toBe(shown);
});

test.each<[string, string]>([
  [":mina!~m@h PRIVMSG #tea :green tea", ":mina!~m@h PRIVMSG #tea :<9 bytes>"],
  [":sodam NOTICE mina :You are held back", ":sodam NOTICE mina :You are held back"],
  [":mina!~m@h JOIN #tea mina :Mina Kim", ":mina!~m@h JOIN #tea mina :<8 bytes>"],
  [":mina!~m@h AWAY :lunch", ":mina!~m@h AWAY :<5 bytes>"],
  [":mina!~m@h QUIT :Quit: bye", ":mina!~m@h QUIT :<9 bytes>"],
  [":s METADATA mina status * :asleep", ":s METADATA mina status * :<6 bytes>"],
  [":s 301 mina jun :lunch", ":s 301 mina jun :<5 bytes>"],
  [":s 311 mina jun ~j h * :Jun Lee", ":s 311 mina jun ~j h * :<7 bytes>"],
  [":s 322 mina #tea 3 :leaves", ":s 322 mina #tea 3 :<6 bytes>"],
  [":s 332 mina #tea :leaves", ":s 332 mina #tea :<6 bytes>"],
  [":s 352 mina #tea ~j h s jun H :0 Jun Lee", ":s 352 mina #tea ~j h s jun H :0 <7 bytes>"],
  [":s 354 mina 7 jun :Jun Lee", ":s 354 mina 7 jun :<7 bytes>"],
  [":s 710 mina #tea jun!~j@h :let me in", ":s 710 mina #tea jun!~j@h :<9 bytes>"],
  [":s 761 mina jun status * :asleep", ":s 761 mina jun status * :<6 bytes>"],
  [":s NOTE REPORTS TEXT r1 :he said so", ":s NOTE REPORTS TEXT r1 :<10 bytes>"],
  [":s NOTE REPORTS END :End of the reports", ":s NOTE REPORTS END :End of the reports"],
  [
    ":s NOTE AUDIT ENTRY #tea t m kick jun * spam",
    ":s NOTE AUDIT ENTRY #tea t m kick jun * :<4 bytes>",
  ],
  [":s 404 mina #tea :Cannot send", ":s 404 mina #tea :Cannot send"],
  ["ERROR :Closed here", "ERROR :Closed here"],
  ["ERROR :Quit: bye all", "ERROR :Quit: <7 bytes>"],
  [
    "ERROR :Your account is suspended until 2026-11-22T02:30:00.000Z: too loud",
    "ERROR :Your account is suspended until 2026-11-22T02:30:00.000Z: <8 bytes>",
  ],
  [
    ":s FAIL AUTHENTICATE ACCOUNT_SUSPENDED * :Your account is suspended: too loud",
    ":s FAIL AUTHENTICATE ACCOUNT_SUSPENDED * :Your account is suspended: <8 bytes>",
  ],
  [
    ":s 465 jun :You are banned from this server: spam",
    ":s 465 jun :You are banned from this server: <4 bytes>",
  ],
  [":s 404 jun #tea :That room is closed: rest", ":s 404 jun #tea :That room is closed: <4 bytes>"],
  [":s 367 mina #tea jun!*@* mina 5 * :spam", ":s 367 mina #tea jun!*@* mina 5 * :<4 bytes>"],
  [":s 367 mina #tea jun!*@* mina 5", ":s 367 mina #tea jun!*@* mina 5"],
  [":s 216 mina K jun!*@* * mina :spam", ":s 216 mina K jun!*@* * mina :<4 bytes>"],
])("of a server's line, a trace without texts has the length: %s", (line, shown) => {
  expect(hideTexts(line, "server")).toBe(shown);
});

test("a line without a text stays as it is, to the last space", () => {
  for (const origin of ["client", "server"] satisfies LineOrigin[]) {
    expect(hideTexts("@a;b=  WHO   #tea ", origin)).toBe("@a;b=  WHO   #tea ");
  }
});

test("the end of a session has the length of what was written about it", () => {
  expect(hideEndText("Quit: see you")).toBe("Quit: <7 bytes>");
  expect(hideEndText("Killed (mina (spam))")).toBe("Killed (mina (<6 bytes>");
  expect(hideEndText("Connection lost")).toBe("Connection lost");
});
