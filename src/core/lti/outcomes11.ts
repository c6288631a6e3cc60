/** The message that tells an LTI 1.1 gradebook a score (LTI 1.1.1 Implementation Guide §6.1.1, `replaceResult`). */
import type { GradeMessage } from "./grade.ts";

export interface Result11 {
  readonly message_id: string;
  readonly result_sourcedid: string;
  /** 0 to 1. */
  readonly score: number;
}

/** Gradebooks of LTI 1.1 hold a number from 0 to 1 and nothing else: null for what says no number. */
export function fractionOf({ scoreGiven, scoreMaximum }: GradeMessage): number | null {
  if (scoreGiven === undefined || scoreMaximum === undefined || scoreMaximum <= 0) return null;
  const fraction = Math.max(0, Math.min(1, scoreGiven / scoreMaximum));
  return Math.round(fraction * 10_000) / 10_000;
}

export function replaceResultXml({ message_id, result_sourcedid, score }: Result11): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<imsx_POXEnvelopeRequest xmlns="http://www.imsglobal.org/services/ltiv1p1/xsd/imsoms_v1p0">
<imsx_POXHeader><imsx_POXRequestHeaderInfo><imsx_version>V1.0</imsx_version><imsx_messageIdentifier>${escapeXml(message_id)}</imsx_messageIdentifier></imsx_POXRequestHeaderInfo></imsx_POXHeader>
<imsx_POXBody><replaceResultRequest><resultRecord><sourcedGUID><sourcedId>${escapeXml(result_sourcedid)}</sourcedId></sourcedGUID><result><resultScore><language>en</language><textString>${score}</textString></resultScore></result></resultRecord></replaceResultRequest></imsx_POXBody>
</imsx_POXEnvelopeRequest>
`;
}

const ESCAPED: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  // Readers of XML make a line feed of it otherwise.
  "\r": "&#13;",
};

/** What no XML can hold is left out (XML 1.0 §2.2). */
function escapeXml(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")
      .replace(/[&<>"'\r]/g, (letter) => ESCAPED[letter] ?? letter)
  );
}
