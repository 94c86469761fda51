import { expect, test } from "bun:test";
import { isForService } from "../../lib/app/saved/service-secrets.ts";

test.each([
  ["IDENTIFY hunter2", "NickServ"],
  ["//not a command hunter2", "nickserv"],
  ["/msg NickServ IDENTIFY hunter2", "#tea"],
  ["/대화 nickserv IDENTIFY hunter2", "#tea"],
  ["/msg NickSevr IDENTIFY hunter2", "#tea"],
  ["/ns identify hunter2", "#tea"],
  ["/OPER boss hunter2", "#tea"],
  ["/quote PASS hunter2", "#tea"],
  [" /msg NickServ IDENTIFY hunter2", "#tea"],
  ["/password hunter2", "#tea"],
])("Up doesn't bring back %j, typed in %s", (text, conversation) => {
  expect(isForService(text, conversation)).toBe(true);
});

test.each([
  ["IDENTIFY is a word", "#tea"],
  ["hello", "mina"],
  ["/msg mina hello", "#tea"],
  ["/join #serv", "#tea"],
  ["/help", "NickServ"],
])("Up brings back %j, typed in %s", (text, conversation) => {
  expect(isForService(text, conversation)).toBe(false);
});
