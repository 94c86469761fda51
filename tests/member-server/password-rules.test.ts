import { expect, test } from "bun:test";
import { passwordProblem } from "../../lib/member-server/password-rules.ts";

test.each([
  ["1234567", "too-short"],
  ["가나", "too-short"],
  ["x".repeat(301), "too-long"],
  ["가".repeat(101), "too-long"],
  ["good pass\u0007", "control"],
  ["good\tpass", "control"],
  ["seojunkim", "name"],
  ["SeojunKim", "name"],
  ["seojunkim1!", "name"],
  ["miknujoes", "name"],
  ["seojunkimseojunkim", "name"],
  ["password", "common"],
  ["Password1!", "common"],
  ["12345678", "common"],
  ["98765432", "common"],
  ["20201123", "common"],
  ["010-1234-5678", "common"],
  ["aaaaaaaa", "common"],
  ["abababab", "common"],
  ["abcdefgh", "common"],
  ["qwertyuiop", "common"],
  ["1q2w3e4r", "common"],
  ["비밀번호123", "common"],
  ["4729183655041276", null],
  ["correct horse", null],
  ["따뜻한 차", null],
  ["x7!kq9Zw", null],
  ["가나다라마바사아자차".repeat(10), null],
  ["seojunkim likes tea", null],
] as const)("%j has the problem %p", (password, problem) => {
  expect(passwordProblem(password, "seojunkim")).toBe(problem);
});
