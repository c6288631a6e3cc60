/** The API's document as a page to read: our own markup and style, no script. */
import type { ComponentChildren } from "preact";
import { renderToStaticMarkup } from "preact-render-to-string";
import { GUIDE } from "./guide.ts";
import type { Json, OpenApiDocument } from "./openapi.ts";

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly Json[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Json }>> };
  readonly responses: Readonly<Record<string, Json>>;
}

interface Answer {
  readonly description: string;
  readonly content?: Readonly<Record<string, { readonly schema: Json }>>;
}

interface Place {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

export function docsPage(document: OpenApiDocument): string {
  const places = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(
      ([method, operation]): Place => ({ method, path, operation: operation as unknown as Operation }),
    ),
  );
  return `<!doctype html>${renderToStaticMarkup(<Page document={document} places={places} />)}`;
}

function Page({ document, places }: { document: OpenApiDocument; places: readonly Place[] }) {
  const tags = [...new Set(places.flatMap(({ operation }) => operation.tags))];
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Tallygate API</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/api/docs.css" />
      </head>
      <body>
        <a class="skip" href="#content">
          Skip to the content
        </a>
        <nav aria-label="Parts of this page">
          <p class="product">Tallygate API</p>
          <ul>
            <li>
              <a href="#guide">How to use it</a>
            </li>
            {tags.map((tag) => (
              <li key={tag}>
                <a href={`#${anchorOf(tag)}`}>{tag}</a>
              </li>
            ))}
            <li>
              <a href="#things">What is answered</a>
            </li>
          </ul>
        </nav>
        <main id="content" tabindex={-1}>
          <h1>The Tallygate API</h1>
          <section id="guide" aria-labelledby="guide-title">
            <h2 id="guide-title">How to use it</h2>
            <Prose text={GUIDE} />
            <p>
              For programs, all of this as <a href="/api/openapi.json">OpenAPI 3.1</a>.
            </p>
          </section>
          {tags.map((tag) => (
            <TagPart
              key={tag}
              tag={tag}
              document={document}
              places={places.filter(({ operation }) => operation.tags.includes(tag))}
            />
          ))}
          <section id="things" aria-labelledby="things-title">
            <h2 id="things-title">What is answered</h2>
            {Object.entries(document.components.schemas).map(([name, schema]) => (
              <article key={name} id={`thing-${name}`}>
                <h3>{name}</h3>
                <Fields schema={schema as Json} />
              </article>
            ))}
          </section>
        </main>
      </body>
    </html>
  );
}

interface TagPartProps {
  readonly tag: string;
  readonly document: OpenApiDocument;
  readonly places: readonly Place[];
}

/** What there is of a noun at a glance, then each in full. */
function TagPart({ tag, document, places }: TagPartProps) {
  return (
    <section id={anchorOf(tag)} aria-labelledby={`${anchorOf(tag)}-title`}>
      <h2 id={`${anchorOf(tag)}-title`}>{tag}</h2>
      <ul class="glance">
        {places.map(({ method, path, operation }) => (
          <li key={operation.operationId}>
            <a href={`#${operation.operationId}`}>{operation.summary}</a>{" "}
            <span class="where">
              <span class="method">{method.toUpperCase()}</span> <code>{breakable(path)}</code>
            </span>
          </li>
        ))}
      </ul>
      {places.map((place) => (
        <OperationPart key={place.operation.operationId} document={document} place={place} />
      ))}
    </section>
  );
}

function OperationPart({ document, place }: { document: OpenApiDocument; place: Place }) {
  const { method, path, operation } = place;
  const parameters = operation.parameters.map((parameter) => resolve(document, "parameters", parameter));
  const answers = Object.entries(operation.responses).map(
    ([status, answer]) => [status, resolve(document, "responses", answer) as unknown as Answer] as const,
  );
  return (
    <article id={operation.operationId}>
      <h3>
        <a href={`#${operation.operationId}`}>{operation.summary}</a>
      </h3>
      <p class="address">
        <span class={`method ${method}`}>{method.toUpperCase()}</span> <code>{breakable(path)}</code>
      </p>
      <Prose text={operation.description} />
      {parameters.length > 0 && (
        <Table
          caption="Parameters"
          rows={parameters.map((parameter) => ({
            name: String(parameter["name"]),
            type: `${String(parameter["in"])}, ${typeOf(parameter["schema"] as Json)}`,
            needed: parameter["required"] === true,
            description: String(parameter["description"] ?? ""),
          }))}
        />
      )}
      <Bodies content={operation.requestBody?.content ?? {}} />
      <h4>Answers</h4>
      <dl>
        {answers.map(([status, answer]) => (
          <div key={status} class="answer">
            <dt>{status}</dt>
            <dd>
              <Prose text={answer.description} />
              {Number(status) < 300 && <Answered content={answer.content} />}
            </dd>
          </div>
        ))}
      </dl>
    </article>
  );
}

/** Files of several types in one line; JSON with its fields. */
function Bodies({ content }: { content: Readonly<Record<string, { schema: Json }>> }) {
  const files = Object.keys(content).filter((type) => !content[type]?.schema["properties"]);
  return (
    <>
      {files.length > 0 && (
        <h4>Body: {files.map((type, index) => [index > 0 && ", ", <code>{type}</code>])}</h4>
      )}
      {Object.entries(content)
        .filter(([type]) => !files.includes(type))
        .map(([type, { schema }]) => (
          <div key={type}>
            <h4>
              {files.length > 0 ? "Or: " : "Body: "}
              <code>{type}</code>
            </h4>
            <Fields schema={schema} />
          </div>
        ))}
    </>
  );
}

function Answered({ content }: { content: Readonly<Record<string, { schema: Json }>> | undefined }) {
  return (
    <>
      {Object.entries(content ?? {}).map(([type, { schema }]) => (
        <div key={type}>
          <p>
            <code>{type}</code> <Thing schema={schema} />
          </p>
          <Fields schema={schema} />
        </div>
      ))}
    </>
  );
}

/** A link where it is a thing with a name. */
function Thing({ schema }: { schema: Json }) {
  const name = referredBy(schema);
  return name === undefined ? null : <a href={`#thing-${name}`}>{name}</a>;
}

function Fields({ schema }: { schema: Json }) {
  const properties = schema["properties"] as Readonly<Record<string, Json>> | undefined;
  if (!properties) return null;
  const required = new Set((schema["required"] as readonly string[] | undefined) ?? []);
  return (
    <Table
      caption="Fields"
      rows={Object.entries(properties).map(([name, field]) => ({
        name,
        type: <Type schema={field} />,
        needed: required.has(name),
        description: String(field["description"] ?? ""),
      }))}
    />
  );
}

interface TableRow {
  readonly name: string;
  readonly type: ComponentChildren;
  readonly needed: boolean;
  readonly description: string;
}

function Table({ caption, rows }: { caption: string; rows: readonly TableRow[] }) {
  return (
    <table>
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Type</th>
          <th scope="col">Meaning</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, type, needed, description }) => (
          <tr key={name}>
            <th scope="row">
              <code>{name}</code>
              {needed && <span class="needed"> required</span>}
            </th>
            <td>{type}</td>
            <td>
              <Inline text={description} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Type({ schema }: { schema: Json }) {
  const name = referredBy(schema) ?? referredBy((schema["items"] as Json | undefined) ?? {});
  const shown = typeOf(schema);
  return name === undefined ? shown : <a href={`#thing-${name}`}>{shown}</a>;
}

function typeOf(schema: Json): string {
  const name = referredBy(schema);
  if (name !== undefined) return name;
  const choices = (schema["anyOf"] ?? schema["oneOf"]) as readonly Json[] | undefined;
  if (choices) return choices.map(typeOf).join(" or ");
  const values = schema["enum"] as readonly unknown[] | undefined;
  if (values) return values.map((value) => JSON.stringify(value)).join(", ");
  if (schema["type"] === "array") return `list of ${typeOf(schema["items"] as Json)}`;
  const type = schema["format"] ?? schema["type"] ?? "anything";
  return Array.isArray(type) ? type.join(" or ") : String(type);
}

function referredBy(schema: Json): string | undefined {
  const reference = schema["$ref"];
  return typeof reference === "string" ? reference.split("/").at(-1) : undefined;
}

function resolve(document: OpenApiDocument, place: "parameters" | "responses", reference: Json): Json {
  const name = referredBy(reference);
  const known = document.components[place] as Readonly<Record<string, Json>>;
  return (name === undefined ? undefined : known[name]) ?? reference;
}

/** Paragraphs of the little Markdown that the document's texts use. */
function Prose({ text }: { text: string }) {
  return (
    <>
      {text
        .split("\n\n")
        .filter((paragraph) => paragraph !== "")
        .map((paragraph) => (
          <p key={paragraph}>
            <Inline text={paragraph} />
          </p>
        ))}
    </>
  );
}

function Inline({ text }: { text: string }) {
  const parts = text.split(/(`[^`]+`|\*\*[^*]+\*\*)/);
  return (
    <>
      {parts.map((part) => {
        if (part.startsWith("`")) return <code key={part}>{part.slice(1, -1)}</code>;
        return part.startsWith("**") ? <strong key={part}>{part.slice(2, -2)}</strong> : part;
      })}
    </>
  );
}

/** On a phone, a long address breaks at its slashes. */
function breakable(path: string): ComponentChildren {
  return path.split(/(?=\/)/).flatMap((part, index) => (index === 0 ? [part] : [<wbr key={part} />, part]));
}

function anchorOf(tag: string): string {
  return tag.toLowerCase().replaceAll(/[^a-z]+/g, "-");
}
