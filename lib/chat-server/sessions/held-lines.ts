import { type Outcome, runSteps, type Steps } from "../command.ts";
import { runHeldLine, type StartQuery } from "../dispatch.ts";
import { pause } from "../slices.ts";
import type { State } from "../state.ts";
import type { Session } from "./session.ts";

/** Work on held lines in one turn: little, so that whoever is within their budgets needn't wait. */
const HELD_WORK_MICROSECONDS = 1000;
/** Sessions whose held lines are looked at in one turn: a look takes a microsecond, also at one that has to wait. */
const HELD_LOOKS_MAX = 400;

/** What {@link HeldLines} needs of the server. */
export interface HeldLinesContext {
  readonly startQuery: StartQuery;
  startInBackground(outcome: Outcome): void;
  /** Runs work for a session: an exception closes that session. */
  runGuarded(session: Session, work: () => void): void;
}

/** Runs the lines of sessions that had to wait. */
export class HeldLines {
  readonly #state: State;
  readonly #context: HeldLinesContext;

  constructor(state: State, context: HeldLinesContext) {
    this.#state = state;
    this.#context = context;
  }

  /**
   * Runs held lines of sessions that may go on: one line of each in turn, so that nobody is served before
   * others by having sent more or come earlier.
   */
  runAll(): void {
    const { sessionsHeldBack, budgets } = this.#state;
    const { meter } = budgets;
    const endMicroseconds = meter.microseconds + HELD_WORK_MICROSECONDS;
    let looksLeft = HELD_LOOKS_MAX;
    let round: Session[] = [...sessionsHeldBack];
    while (round.length > 0) {
      const next: Session[] = [];
      for (const session of round) {
        if (looksLeft === 0 || meter.microseconds > endMicroseconds) return;
        looksLeft -= 1;
        // Who was looked at goes to the end, for the next call.
        if (sessionsHeldBack.delete(session)) sessionsHeldBack.add(session);
        // Time stands still in a turn: whoever has to wait now isn't looked at again.
        if (this.#runOne(session)) next.push(session);
      }
      round = next;
    }
  }

  /** Runs held lines of a session, each in a turn of its own, so that those of other sessions come in between. */
  run(session: Session): void {
    if (session.heldLines.length === 0 || session.isWaiting || session.isTurnDue) return;
    session.isTurnDue = true;
    const { runGuarded, startInBackground } = this.#context;
    runGuarded(session, () => startInBackground(runSteps(this.#steps(session))));
  }

  *#steps(session: Session): Steps {
    let hasMore = true;
    while (hasMore) {
      yield* pause();
      hasMore = this.#runOne(session);
    }
    session.isTurnDue = false;
  }

  /** Returns whether a line was run. */
  #runOne(session: Session): boolean {
    let hasRun = false;
    this.#context.runGuarded(session, () => {
      hasRun = runHeldLine(this.#state, session, this.#context.startQuery);
    });
    return hasRun;
  }
}
