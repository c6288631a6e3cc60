/**
 * A manifest as a tree of elements that know which vocabulary they belong to. Authoring tools bind prefixes
 * as they like, or use one without binding it, so a name is matched by its namespace where that is known
 * and by its local name alone where it is not; the case of letters never matters.
 */
import { parseStringPromise } from "xml2js";
import { Fault } from "../../core/faults.ts";

/** The vocabularies that make up a SCORM manifest; `other` is known to be none of them, `unknown` may be any. */
export type Vocabulary = "imscp" | "adlcp" | "adlseq" | "adlnav" | "imsss" | "metadata" | "other" | "unknown";

export interface XmlAttribute {
  readonly vocabulary: Vocabulary;
  readonly name: string;
  /** In lower case, for matching. */
  readonly key: string;
  readonly value: string;
}

export interface XmlElement {
  readonly vocabulary: Vocabulary;
  readonly name: string;
  readonly key: string;
  /** The namespaces that this element itself binds to prefixes. */
  readonly declaredNamespaces: readonly string[];
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly XmlElement[];
  /** Of the element itself, not of those inside it. */
  readonly text: string;
}

const MAX_DEPTH = 100;
/** Neither can be the name of an XML element, so nothing in a file can be mistaken for what xml2js adds. */
const OPTIONS = {
  attrkey: "$attributes",
  charkey: "$text",
  childkey: "$children",
  explicitChildren: true,
  preserveChildrenOrder: true,
  explicitCharkey: true,
  explicitRoot: false,
  strict: true,
};

interface ParsedElement {
  readonly "#name": string;
  readonly $attributes?: Readonly<Record<string, string>>;
  readonly $text?: string;
  readonly $children?: readonly ParsedElement[];
}

export async function parseXml(xml: string): Promise<XmlElement> {
  const parsed = await parse(xml);
  if (parsed === null) throw new Fault("manifest_invalid", "The imsmanifest.xml holds no element.");
  return convert(parsed, new Map(), null, 1);
}

async function parse(xml: string): Promise<ParsedElement | null> {
  try {
    return (await parseStringPromise(xml, OPTIONS)) as ParsedElement | null;
  } catch (error) {
    const [what = "", line = ""] = error instanceof Error ? error.message.split("\n") : [];
    const place = line.startsWith("Line: ") ? ` in line ${Number(line.slice(6)) + 1}` : "";
    const detail = `The imsmanifest.xml is not well-formed XML${place}: ${what.toLowerCase()}.`;
    throw new Fault("manifest_invalid", detail, { cause: error });
  }
}

/** Prefix → namespace; "" is the default namespace. */
type Bindings = ReadonlyMap<string, string>;

function convert(
  parsed: ParsedElement,
  outer: Bindings,
  rootNamespace: string | null,
  depth: number,
): XmlElement {
  if (depth > MAX_DEPTH) {
    throw new Fault("manifest_too_deep", `The imsmanifest.xml is nested deeper than ${MAX_DEPTH} elements.`);
  }
  const written = Object.entries(parsed.$attributes ?? {});
  const bindings = bind(outer, written);
  const { prefix, name } = splitName(parsed["#name"]);
  const namespace = bindings.get(prefix) ?? "";
  // Whatever the root is bound to is this file's content packaging, however odd the address.
  const root = rootNamespace ?? namespace;
  const vocabulary = namespace !== "" && namespace === root ? "imscp" : vocabularyOf(namespace);
  return {
    vocabulary,
    name,
    key: name.toLowerCase(),
    declaredNamespaces: written.filter(([key]) => isBinding(key)).map(([, value]) => value),
    attributes: written
      .filter(([key]) => !isBinding(key))
      .map(([key, value]) => attribute(key, value, bindings, root)),
    children: (parsed.$children ?? []).map((child) => convert(child, bindings, root, depth + 1)),
    text: clean(parsed.$text ?? ""),
  };
}

function attribute(written: string, value: string, bindings: Bindings, root: string): XmlAttribute {
  const { prefix, name } = splitName(written);
  const namespace = prefix === "" || prefix === "xml" ? "" : (bindings.get(prefix) ?? "");
  const vocabulary = namespace !== "" && namespace === root ? "imscp" : vocabularyOf(namespace);
  return { vocabulary, name, key: name.toLowerCase(), value: clean(value) };
}

function bind(outer: Bindings, attributes: readonly (readonly [string, string])[]): Bindings {
  const own = attributes.filter(([key]) => isBinding(key));
  if (own.length === 0) return outer;
  return new Map([...outer, ...own.map(([key, value]) => [key.slice(6), value.trim()] as const)]);
}

function isBinding(attributeName: string): boolean {
  return attributeName === "xmlns" || attributeName.startsWith("xmlns:");
}

function splitName(written: string): { prefix: string; name: string } {
  const colon = written.indexOf(":");
  return { prefix: written.slice(0, Math.max(colon, 0)), name: written.slice(colon + 1) };
}

function vocabularyOf(namespace: string): Vocabulary {
  if (namespace === "") return "unknown";
  if (/imscp|ims_?proj.*content/i.test(namespace)) return "imscp";
  if (/adlcp/i.test(namespace)) return "adlcp";
  if (/adlseq/i.test(namespace)) return "adlseq";
  if (/adlnav/i.test(namespace)) return "adlnav";
  if (/imsss/i.test(namespace)) return "imsss";
  if (/imsmd|\/LOM/i.test(namespace)) return "metadata";
  return "other";
}

/** What XML 1.0 (2.2) allows: a character reference can smuggle in others, and no XML made from them would be read. */
function clean(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "");
}

/** The elements of that name directly inside. */
export function childrenOf(
  parent: XmlElement | undefined,
  vocabulary: Vocabulary,
  name: string,
): XmlElement[] {
  const key = name.toLowerCase();
  return (parent?.children ?? []).filter((child) => child.key === key && isOf(child.vocabulary, vocabulary));
}

export function childOf(
  parent: XmlElement | undefined,
  vocabulary: Vocabulary,
  name: string,
): XmlElement | undefined {
  return childrenOf(parent, vocabulary, name)[0];
}

/** Trimmed; undefined where there is no such attribute. Of two, the one of the right vocabulary counts. */
export function attributeOf(
  element: XmlElement | undefined,
  vocabulary: Vocabulary,
  name: string,
): string | undefined {
  const key = name.toLowerCase();
  const found = (element?.attributes ?? []).filter(
    (one) => one.key === key && isOf(one.vocabulary, vocabulary),
  );
  return (found.find((one) => one.vocabulary === vocabulary) ?? found[0])?.value.trim();
}

/** White space at the ends and line breaks inside mean nothing; undefined where nothing else is left. */
export function textOf(element: XmlElement | undefined): string | undefined {
  const text = element?.text.replace(/\s+/g, " ").trim();
  return text === undefined || text === "" ? undefined : text;
}

function isOf(found: Vocabulary, wanted: Vocabulary): boolean {
  return found === wanted || found === "unknown";
}
