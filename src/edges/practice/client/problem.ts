/** What went wrong, in words for the person at the page. */
export class Problem extends Error {
  override readonly name = "Problem";
}
