/** Who is signed in at the platform: a cookie of its own, which in a launch comes back from within the tool's frame. */
import type { Request, Response } from "express";

const NAME = "practice_platform_learner";

/** Beside https it must be `None`: a tool's page in a frame sends the browser here by a form. */
export function signIn(response: Response, userId: string, origin: string): void {
  const rules = origin.startsWith("https:") ? "SameSite=None; Secure" : "SameSite=Lax";
  response.append("Set-Cookie", `${NAME}=${encodeURIComponent(userId)}; Path=/; HttpOnly; ${rules}`);
}

export function learnerCookie({ headers }: Request): string {
  const value = new RegExp(`(?:^|;\\s*)${NAME}=([\\w-]*)`).exec(headers.cookie ?? "")?.[1];
  return value ?? "";
}
