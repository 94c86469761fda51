/** Who has read how far: asked once, since whoever wants to see it is seen. */
import type { ChatSession } from "../../chat-client/session.ts";
import type { App } from "../app-context.ts";

/** Asks where the server offers it and the person was never asked; a question that was left comes again. */
export async function askReceipts(app: App, session: ChatSession): Promise<void> {
  const { prompts, words, ports } = app;
  if (!session.receiptsOffered || session.state.me.account === null) return;
  if (ports.saved.receipts !== undefined) return;
  const { ask, yes, no } = words.receipts;
  const answer = await prompts.confirm(ask, yes, no);
  if (answer !== null) setReceipts(app, session, answer);
}

export function setReceipts(app: App, session: ChatSession, on: boolean): void {
  app.ports.save({ receipts: on });
  session.setReceipts(on);
}
