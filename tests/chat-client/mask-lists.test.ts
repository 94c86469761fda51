/** How servers of different makes ban and mute, and how their entries read. */
import { expect, test } from "bun:test";
import { isMaskOf, mutesOf, readMask } from "../../lib/chat-client/mask-lists.ts";
import { foldBy } from "../../lib/protocol/case-mapping.ts";
import { Isupport } from "../../lib/protocol/wire/isupport.ts";

test.each([
  ["Sodam", "PREFIX=(qaohv)~&@%+ CHANMODES=beIg,k,l,imnst EXTBAN=~,amt", "b ~m:"],
  ["InspIRCd", "PREFIX=(ov)@+ CHANMODES=b,k,l,imnst EXTBAN=,ARUm", "b m:"],
  ["ircd-hybrid", "PREFIX=(ohv)@%+ CHANMODES=Ibe,k,l,imnst EXTBAN=$,Kacjmnorstuz", "b $m:"],
  ["UnrealIRCd", "PREFIX=(qaohv)~&@%+ CHANMODES=beI,kLf,lH,cd EXTBAN=~,acfjmnpqrtA", "b ~q:"],
  ["Solanum", "PREFIX=(ov)@+ CHANMODES=eIbq,k,flj,CFLM EXTBAN=$,ajrxz", "q "],
  ["ngIRCd", "PREFIX=(qaohv)~&@%+ CHANMODES=beI,k,l,imMnOPQRstVz", null],
  ["InspIRCd without modules", "PREFIX=(ov)@+ CHANMODES=b,k,l,imnpst", null],
  ["a server that says nothing", "", null],
])("%s keeps its mutes where it says", (_, tokens, list) => {
  const isupport = new Isupport();
  isupport.apply(["mina", ...tokens.split(" "), "are supported"]);
  const mutes = mutesOf({ isupport });
  expect(mutes === null ? null : `${mutes.letter} ${mutes.prefix}`).toBe(list);
});

test.each([
  ["jun!*@*", false, "jun"],
  ["~m:~a:jun", true, "jun"],
  ["m:jun!*@*", true, "jun"],
  ["$m:*!j@host", true, "j@host"],
  ["*!*@host", false, "*!*@host"],
  ["*!*@*.host", false, "*!*@*.host"],
  ["~q:jun!*@*", true, "jun"],
  ["$a:jun", false, "jun"],
  ["R:jun", false, "jun"],
  ["j?n!*@*", false, "j?n!*@*"],
])("%j is read", (entry, isMute, who) => {
  expect(readMask(entry)).toEqual({ isMute, who });
});

test("an entry is about somebody by the account or the address, and never about everybody", () => {
  const jun = { account: "jun", address: "joon!j@tea.example" };
  for (const entry of ["$a:jun", "m:R:jun", "~m:~a:jun", "*!j@tea.example", "m:*!*@tea.*"]) {
    expect(isMaskOf(entry, jun, foldBy("rfc1459"))).toBe(true);
  }
  for (const entry of ["$a:mina", "*!*@*", "m:*!*@*", "mina!*@*"]) {
    expect(isMaskOf(entry, jun, foldBy("rfc1459"))).toBe(false);
  }
  expect(isMaskOf("$a:jun", { ...jun, account: null }, foldBy("rfc1459"))).toBe(false);
  const braced = { account: "{jun}", address: "{Jun}^!j@tea.example" };
  for (const entry of ["[jun]~!*@*", "m:[JUN]~!j@*", "$a:[jun]"]) {
    expect(isMaskOf(entry, braced, foldBy("rfc1459"))).toBe(true);
    expect(isMaskOf(entry, braced, foldBy("ascii"))).toBe(false);
  }
});
