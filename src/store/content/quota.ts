/** So much of something that may be taken at once; who asks for more than is left waits, in the order of asking. */
export class Quota {
  readonly #whole: number;
  #left: number;
  readonly #waiting: { readonly amount: number; readonly go: () => void }[] = [];

  constructor(whole: number) {
    this.#whole = whole;
    this.#left = whole;
  }

  /** Takes `amount`, or all of it where that is less, for as long as the work takes. */
  async during<T>(amount: number, work: () => Promise<T>): Promise<T> {
    const taken = Math.min(amount, this.#whole);
    if (this.#waiting.length > 0 || taken > this.#left)
      await new Promise<void>((go) => this.#waiting.push({ amount: taken, go }));
    else this.#left -= taken;
    try {
      return await work();
    } finally {
      this.#left += taken;
      this.#letIn();
    }
  }

  #letIn(): void {
    for (
      let [next] = this.#waiting;
      next !== undefined && next.amount <= this.#left;
      [next] = this.#waiting
    ) {
      this.#waiting.shift();
      this.#left -= next.amount;
      next.go();
    }
  }
}
