import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { parseSync } from "@swc/core";
import { buildPackage } from "../../../src/flows/packaging/buildPackage.ts";
import { contentOf, FORMATS, packageOrder, unzip } from "../../support/packages.ts";

const root = join(import.meta.dirname, "../../..");
const source = readFileSync(join(root, "packages-templates/wrapper/wrapper.js"), "utf8");

const ES5_NODES = new Set(
  `Script ExpressionStatement BlockStatement EmptyStatement IfStatement ForStatement ForInStatement WhileStatement
  DoWhileStatement ReturnStatement BreakStatement ContinueStatement ThrowStatement TryStatement CatchClause
  SwitchStatement SwitchCase FunctionBody VariableDeclaration VariableDeclarator FunctionDeclaration FunctionExpression Parameter
  Identifier StringLiteral NumericLiteral BooleanLiteral NullLiteral RegExpLiteral ArrayExpression ObjectExpression
  KeyValueProperty MemberExpression Computed CallExpression NewExpression AssignmentExpression BinaryExpression
  UnaryExpression UpdateExpression ConditionalExpression SequenceExpression ParenthesisExpression ThisExpression`.split(
    /\s+/,
  ),
);

/** What in a script is newer than ES5. */
function notES5(script: string): string[] {
  const found: string[] = [];
  walk(parseSync(script, { syntax: "ecmascript", target: "es2022", isModule: false }), found);
  return found;
}

type SyntaxNode = Readonly<Record<string, unknown>>;

function walk(node: unknown, found: string[]): void {
  if (Array.isArray(node)) for (const child of node) walk(child, found);
  if (typeof node !== "object" || node === null) return;
  const { type, kind, operator, spread, properties } = node as SyntaxNode;
  if (typeof type === "string" && !ES5_NODES.has(type)) found.push(type);
  if (type === "VariableDeclaration" && kind !== "var") found.push(String(kind));
  if (operator === "**" || operator === "??" || operator === "**=") found.push(String(operator));
  if (type === "RegExpLiteral" && /[^gim]/.test(String((node as SyntaxNode).flags)))
    found.push("regular expression flag");
  if (type === "CatchClause" && !(node as SyntaxNode).param) found.push("catch without a name");
  if (spread) found.push("spread");
  if (type === "ObjectExpression")
    for (const property of properties as SyntaxNode[])
      if (property.type === "Identifier") found.push("Identifier in ObjectExpression");
  for (const child of Object.values(node)) walk(child, found);
}

describe("the wrapper", () => {
  test.each(FORMATS)("for %s stays under 10 kB, page and settings included", async (format) => {
    const contentOrigin = `https://${"account-1234.".repeat(6)}content.example.com:8443`;
    const order = packageOrder({ format, contentOrigin, courseTitle: "台".repeat(500) });
    const files = await unzip(await buildPackage(order));
    const delivered = ["index.html", "wrapper.js", "tallygate.js"].map((name) => contentOf(files, name));
    expect(Buffer.byteLength(delivered.join(""))).toBeLessThan(10_000);
  });

  test("as delivered was made from the source that people read", () => {
    execFileSync(process.execPath, [join(root, "scripts/wrapper.mjs"), "--check"]);
  });

  test.each(["wrapper.js", "wrapper.min.js"])("is ES5 (%s)", (name) => {
    expect(notES5(readFileSync(join(root, "packages-templates/wrapper", name), "utf8"))).toEqual([]);
  });

  test.each([
    ["let a = 1", "let"],
    ["f(() => 1)", "ArrowFunctionExpression"],
    ["f({ a })", "Identifier in ObjectExpression"],
    ["a?.b", "OptionalChainingExpression"],
    ["f(`a`)", "TemplateLiteral"],
    ["try { f() } catch { g() }", "catch without a name"],
    ["f(...a)", "spread"],
    ["a ** 2", "**"],
    ["/a/u", "regular expression flag"],
    ["function f(a = 1) {}", "AssignmentPattern"],
  ])("would not be ES5 with %s", (script, found) => {
    expect(notES5(script)).toContain(found);
  });

  test("speaks the six languages with the same three sentences", () => {
    const words = /var words = (\{[\s\S]*?\n {2}\});/.exec(source)?.[1];
    const table = new Function(`return ${words}`)() as Record<string, string[]>;
    expect(Object.keys(table).sort()).toEqual(["de", "en", "es", "fr", "ja", "pt"]);
    for (const sentences of Object.values(table)) expect(new Set(sentences).size).toBe(3);
  });
});
