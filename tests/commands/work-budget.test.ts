import { expect, test } from "bun:test";
import { WorkBudget, WorkBudgets } from "../../lib/chat-server/sessions/work-budget.ts";
import type { ElapsedMs } from "../../lib/protocol/time.ts";

const LIMIT = { burstMs: 10, msPerSecond: 2 };
const at = (ms: number) => ms as ElapsedMs;

test("a budget is open until it is used up, and closed until its debt is paid", () => {
  const budget = new WorkBudget(LIMIT, at(0));
  budget.charge(9_999);
  expect(budget.isOpen(at(0))).toBe(true);
  budget.charge(4_001);
  expect(budget.isOpen(at(0))).toBe(false);
  expect(budget.isOpen(at(2_000))).toBe(false);
  expect(budget.isOpen(at(2_001))).toBe(true);
});

test("a budget never has more than its burst", () => {
  const budget = new WorkBudget(LIMIT, at(0));
  expect(budget.isFull(at(3_600_000))).toBe(true);
  budget.charge(10_001);
  expect(budget.isOpen(at(3_600_000))).toBe(false);
});

test("a debt stays when the last session that held the budget closes", () => {
  const budgets = new WorkBudgets(LIMIT);
  const budget = budgets.hold("mina", at(0));
  budget.charge(100_000);
  budget.holders -= 1;
  for (let n = 0; n < 100; n += 1) budgets.hold(`other${n}`, at(0));
  expect(budgets.hold("mina", at(0))).toBe(budget);
});

test("budgets that are full and that nobody holds are forgotten", () => {
  const budgets = new WorkBudgets(LIMIT);
  for (let n = 0; n < 1000; n += 1) budgets.hold(`other${n}`, at(0)).holders -= 1;
  expect(budgets.size).toBeLessThan(5);
});

test("a full budget that a session holds isn't made again for the next one", () => {
  const budgets = new WorkBudgets(LIMIT);
  const budget = budgets.hold("mina", at(0));
  for (let n = 0; n < 1000; n += 1) budgets.hold(`other${n}`, at(0)).holders -= 1;
  expect(budgets.hold("mina", at(0))).toBe(budget);
});
