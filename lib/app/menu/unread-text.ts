import type { Prompts } from "./prompts.ts";

/**
 * Wraps prompts so that they tell whether something was printed since the last question was answered: what covers the
 * menu would take it away before anybody has read it. A page that only asked needs no key more to leave.
 */
export function withUnreadText(prompts: Prompts): {
  readonly prompts: Prompts;
  readonly isUnread: () => boolean;
} {
  let isUnread = false;
  const answered = async <Answer>(answer: Promise<Answer>): Promise<Answer> => {
    const typed = await answer;
    isUnread = false;
    return typed;
  };
  const printing = <Texts extends string[]>(print: (...texts: Texts) => void) => {
    return (...texts: Texts): void => {
      isUnread = true;
      print(...texts);
    };
  };
  return {
    isUnread: () => isUnread,
    prompts: {
      select: (...question) => answered(prompts.select(...question)),
      text: (...question) => answered(prompts.text(...question)),
      password: (...question) => answered(prompts.password(...question)),
      confirm: (...question) => answered(prompts.confirm(...question)),
      askLeave: (...question) => answered(prompts.askLeave(...question)),
      intro: printing(prompts.intro),
      info: printing(prompts.info),
      success: printing(prompts.success),
      warn: printing(prompts.warn),
      note: printing(prompts.note),
      forCopying: printing(prompts.forCopying),
      outro: printing(prompts.outro),
    },
  };
}
