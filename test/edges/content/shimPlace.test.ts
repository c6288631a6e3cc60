import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type DocumentType, findShimPlace, SHIM_SEARCH_BYTES } from "../../../src/edges/content/shimPlace.ts";

const URL = "/s.js";
const TAG = '<script src="/s.js"></script>';
const XML_TAG = '<script src="/s.js" xmlns="http://www.w3.org/1999/xhtml"></script>';

function withShim(document: Buffer, type: DocumentType): Buffer {
  const place = findShimPlace(document.subarray(0, SHIM_SEARCH_BYTES), type, URL);
  if (place === undefined) return document;
  return Buffer.concat([document.subarray(0, place.offset), place.tag, document.subarray(place.offset)]);
}

const inHtml = (text: string) => withShim(Buffer.from(text, "latin1"), "html").toString("latin1");
const inXhtml = (text: string) => withShim(Buffer.from(text, "latin1"), "xhtml").toString("latin1");

describe("the shim is the first script of an HTML document; `^` marks its place", () => {
  test.each([
    [
      "an ordinary page",
      "<!DOCTYPE html>\n<html lang=en>\n<head>^\n<title>T</title></head><body></body></html>",
    ],
    ["upper case", "<!DOCTYPE HTML><HTML><HEAD>^<SCRIPT>go()</SCRIPT></HEAD></HTML>"],
    [
      "an old doctype",
      '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://a/b.dtd">\r\n<html><head>^</head>',
    ],
    ["no head", "<!doctype html><html>^<body onload=go()></body></html>"],
    ["no html", "<!doctype html><head>^<script>go()</script>"],
    ["neither", "<!doctype html>^\n<script>go()</script>"],
    ["not even a doctype", "^<p>Hello</p>"],
    ["text first", "  ^Hello <head><script>go()</script>"],
    ["a script first, with a head in its text", '^<script>document.write("<head>")</script><html><head>'],
    ["a header is no head", "<html>^<header></header>"],
    ["htmlx is no html", "^<htmlx><head>"],
    [
      "a frameset",
      "<html><head>^<title>F</title></head><frameset cols='1,*'><frame src=a.html></frameset></html>",
    ],
    ["a frameset without a head", "<html>^<frameset rows=*><frame src=a.html></frameset></html>"],
    ["a comment before the doctype", "<!-- saved from url -->\n<!DOCTYPE html><html><head>^</head>"],
    ["a head in a comment", "<!doctype html><!-- <head> --><html><!-- <head><script> --><head>^</head>"],
    ["an XML declaration", '<?xml version="1.0"?><!DOCTYPE html><html xmlns="x"><head>^</head>'],
    ["a comment that ends at once", "<!--><html><head>^<!-- --></head>"],
    ["another that ends at once", "<!---><html><head>^<!-- --></head>"],
    ["a comment that ends oddly", "<!-- a --!><html><head>^<!-- --></head>"],
    ["a comment that does not end oddly", "<!--!><head>--><html><head>^</head>"],
    [
      "conditional comments around html",
      "<!doctype html><!--[if IE 8]><html class=ie8><![endif]--><!--[if gt IE 8]><!--><html><!--<![endif]--><head>^</head>",
    ],
    ["conditional comments that browsers see", "<!doctype html><![if !IE]><html><![endif]><head>^</head>"],
    ["a `>` in an attribute", '<html data-a="1>2" data-b=\'>\'><head profile="a>b">^</head>'],
    ["a quote that quotes nothing", "<html lang\"en'><head>^</head>"],
    ["a quote in an unquoted value", '<html a=b="c><head>^"></head>'],
    ["spaces around `=`", "<html a = \n'>' b=><head>^</head>"],
    ["an empty head in XML's manner", "<html><head/>^<script>go()</script>"],
    ["a doctype that comes too late to count", "<html>^<p></p><!doctype html>"],
    ["an unfinished comment after the doctype", "<!doctype html>^<!-- <html><head>"],
    ["an unfinished head", "<!doctype html><html>^<head title='"],
  ])("%s", (_, marked) => {
    expect(inHtml(marked.replace("^", ""))).toBe(marked.replace("^", TAG));
  });

  test.each([
    ["nothing at all", ""],
    ["only comments", "<!-- nothing --> \n"],
    [
      "a comment that may hide a doctype",
      `<!--${" ".repeat(SHIM_SEARCH_BYTES)}--><!doctype html><html><head>`,
    ],
  ])("%s: no place is safe, the document stays as it is", (_, document) => {
    expect(inHtml(document)).toBe(document);
  });

  test("only the first 64 kB are looked at: a long comment after the doctype is not read to its end", () => {
    const rest = `<!--${"x".repeat(SHIM_SEARCH_BYTES)}--><html><head><script>go()</script>`;
    expect(inHtml(`<!doctype html>${rest}`)).toBe(`<!doctype html>${TAG}${rest}`);
  });

  test("no document, however odd, takes long or loses a byte", () => {
    const token = fc.constantFrom(
      "<",
      "!",
      "--",
      ">",
      "<html",
      "<head",
      "<!doctype",
      "=",
      '"',
      "'",
      " ",
      "a",
      "<!--",
      "<?",
      "-->",
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 60 }), fc.constantFrom("html", "xhtml"), (tokens, type) => {
        const document = Buffer.from(tokens.join(""));
        const place = findShimPlace(document, type, URL);
        expect(place?.offset ?? 0).toBeLessThanOrEqual(document.length);
        const shimmed = withShim(document, type).toString();
        expect(shimmed.replace(type === "html" ? TAG : XML_TAG, "")).toBe(document.toString());
      }),
    );
    const before = performance.now();
    for (const unit of ["<html a=", "<!--", "<!---->", "<html a='", "= ", "<!", "[", "\n"])
      for (const type of ["html", "xhtml"] as const)
        findShimPlace(Buffer.from(unit.repeat(SHIM_SEARCH_BYTES / unit.length)), type, URL);
    expect(performance.now() - before).toBeLessThan(2000);
  });
});

describe("the document's encoding is kept", () => {
  const page = (tag: string) => `<!DOCTYPE html><html><head>${tag}<title>Çä日本</title></head></html>`;
  const bigEndian = (text: string) => Buffer.from(text, "utf16le").swap16();

  test.each([
    ["UTF-8 with a byte order mark", (text: string) => Buffer.from(`\ufeff${text}`)],
    ["UTF-8 without", (text: string) => Buffer.from(text)],
    ["UTF-16, little end first", (text: string) => Buffer.from(`\ufeff${text}`, "utf16le")],
    ["UTF-16, big end first", (text: string) => bigEndian(`\ufeff${text}`)],
  ])("%s", (_, encode) => {
    expect(withShim(encode(page("")), "html")).toEqual(encode(page(TAG)));
  });

  test("bytes that are no UTF-8 stay as they are", () => {
    const windows1252 = Buffer.from("<html><!-- \xe9 --><head>\x80\xe4</head>", "latin1");
    expect(withShim(windows1252, "html").toString("latin1")).toBe(
      `<html><!-- \xe9 --><head>${TAG}\x80\xe4</head>`,
    );
  });

  test("half a character at the end of what is looked at does no harm", () => {
    const document = Buffer.concat([bigEndian("\ufeff<html><head>"), Buffer.from([0])]);
    expect(withShim(document, "html")).toEqual(
      Buffer.concat([bigEndian(`\ufeff<html><head>${TAG}`), Buffer.from([0])]),
    );
  });
});

describe("XHTML stays well-formed; `^` marks the place", () => {
  const NS = 'xmlns="http://www.w3.org/1999/xhtml"';
  test.each([
    [
      "an ordinary document",
      `<?xml version="1.0"?>\n<!DOCTYPE html>\n<html ${NS}>\n<head>^<title/></head></html>`,
    ],
    ["no head", `<html ${NS}>^<body/></html>`],
    ["an empty head", `<html ${NS}>^<head/><body/></html>`],
    ["a prefix", `<h:html xmlns:h="http://www.w3.org/1999/xhtml">^<h:head/></h:html>`],
    [
      "declarations in the doctype",
      `<!DOCTYPE html [ <!ENTITY a "]>"> <!-- don't --> ]><html ${NS}><head>^</head></html>`,
    ],
    [
      "instructions and comments",
      `<?xml-stylesheet href="a>b"?><!-- <head> --><html ${NS}><!-- - --><?x?><head>^</head></html>`,
    ],
  ])("%s", (_, marked) => {
    expect(inXhtml(marked.replace("^", ""))).toBe(marked.replace("^", XML_TAG));
  });

  test.each([
    ["an empty root element", `<html ${NS}/>`],
    ["no root element", "<?xml version='1.0'?>"],
    ["an unfinished doctype", "<!DOCTYPE html [ <!ENTITY a 'b'>"],
    ["text before the root", "oops<html></html>"],
  ])("%s: the document stays as it is", (_, document) => {
    expect(inXhtml(document)).toBe(document);
  });
});
