/** How to use the API, in words: the beginning of the OpenAPI document. docs/api.md says more. */
export const GUIDE = `Everything that the gateway can do, for programs.

**Who calls.** Every request carries an API key: \`Authorization: Bearer tg_…\`. A key belongs to one of the vendor's people and
has their role (owner, support), or to an account and has a role of its own (admin, viewer). What belongs to another account
is answered as if it did not exist (404); what the role does not allow, with 403.

**What comes and goes.** JSON in UTF-8, with names in snake case; times in RFC 3339, answered in UTC; money in whole minor units
with its currency. A field that is not known is refused, not ignored.

**When something is wrong.** Problem documents (RFC 9457, \`application/problem+json\`): \`code\` for programs, \`detail\` for people.

**Lists.** Newest first. \`limit\` says how many (50; at most 200); \`next_cursor\` of the answer, sent as \`cursor\` with the same
filters, gives the next page.

**Once.** A POST with an \`Idempotency-Key\` is done once: sent again, it gets the first answer again, with
\`Idempotency-Replayed: true\`. Answers are kept for a week. A request that was refused leaves no trace and is decided anew.

**Nobody overwrites anybody.** What can be changed carries an \`ETag\`. Sent as \`If-Match\` with the PATCH, it makes sure that what
is changed is what was read; otherwise the answer is 412. \`If-None-Match\` with a GET saves the body.

**Why.** \`Audit-Reason\` says why something is done, and stands in the audit log.`;
