/**
 * Plays the golf courses that lie beside the project, where they do (Rustici's, CC-BY 3.0): real content, as vendors have it.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Frame, Page } from "playwright-core";

const SHARED = process.env["TALLYGATE_SHARED"] ?? join(import.meta.dirname, "../../../shared");

/** Null where the file is not there: the project does not need it. */
export function sharedContent(name: string): Buffer | null {
  const file = join(SHARED, "content", name);
  return existsSync(file) ? readFileSync(file) : null;
}

/** The quiz that all of them share: every answer right. */
export async function answerQuiz(frame: Frame): Promise<void> {
  await frame.getByRole("button", { name: "Submit Answers" }).waitFor();
  for (const answer of await frame.locator(".correctAnswer").all()) {
    const input = answer.locator("input");
    if ((await input.getAttribute("type")) === "radio") await input.check();
    else await input.fill(((await answer.textContent()) ?? "").replace(/\D/g, ""));
  }
  await frame.getByRole("button", { name: "Submit Answers" }).click();
  await frame.getByText("Score: 100").waitFor();
}

/** The single-SCO ones: through all pages by their own button, the quiz, and out by "Exit". */
export async function playPages(page: Page, course: Frame): Promise<void> {
  const next = course.locator("#butNext");
  const content = course.frameLocator("#contentFrame");
  while (await next.isEnabled()) await next.click();
  await content.getByRole("button", { name: "Submit Answers" }).waitFor();
  const quiz = page.frames().find((frame) => frame.url().includes("assessmenttemplate"));
  if (!quiz) throw new Error("The quiz did not open");
  await answerQuiz(quiz);
  await course.locator("#butExit").click();
}
