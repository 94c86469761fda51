/** Requests that a server hands on to another one of its network. */
import { expect, test } from "bun:test";
import { Stage } from "./stage.ts";

const WHOIS = [
  ":s 311 민수 jun j far.example * :Jun",
  ":s 330 민수 jun jun2 :is logged in as",
  ":s 318 민수 jun :End of /WHOIS list.",
];

test("a WHOIS that InspIRCd acknowledges and hands on is answered by what comes without the label", () => {
  const stage = new Stage().ready("batch labeled-response message-tags");
  const accounts: (string | undefined)[] = [];
  stage.session.commands.whois("jun", (answer) => {
    const messages = answer.kind === "answered" ? answer.messages : [];
    accounts.push(messages.find(({ verb }) => verb === "330")?.params[2]);
  });
  const [, label] = /^@label=(\S+) WHOIS jun jun$/.exec(stage.sent()[0] ?? "") ?? [];
  stage.server(`@label=${label} :s ACK`);
  expect(accounts).toEqual([]);
  stage.server(...WHOIS);
  expect(accounts).toEqual(["jun2"]);
  expect(stage.at("*").lines).toEqual([]);
});

test("after the answer, the next reply to somebody's WHOIS is shown again", () => {
  const stage = new Stage().ready("batch labeled-response message-tags");
  stage.session.commands.whois("jun", () => {});
  const [, label] = /^@label=(\S+) /.exec(stage.sent()[0] ?? "") ?? [];
  stage.server(`@label=${label} :s ACK`, ...WHOIS, ":s 311 민수 jun j far.example * :Jun");
  expect(stage.at("*").lines).toHaveLength(1);
});
