/** A record, or a change in one, that can't be read. The message is a sentence for the owner. */
export class UnreadableRecord extends Error {
  /** Whether a newer version wrote it: then nothing is damaged, and this version is too old. */
  readonly isNewer: boolean;

  constructor(sentence: string, isNewer = false) {
    super(sentence);
    this.isNewer = isNewer;
  }
}
