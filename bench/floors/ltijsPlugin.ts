/**
 * A database plugin of ltijs that is as quick as its interface allows: every statement prepared, every search by the front of a unique
 * index, one statement where `ltijs-sequelize` has two, no object mapper. What ltijs asks to be encrypted is, and all is as
 * durable as Postgres makes it.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import pg from "pg";

type Item = Record<string, unknown>;

interface Table {
  /** What rows are found by; a row is unique by the first `unique` of them. */
  readonly columns: readonly string[];
  readonly unique: number;
  /** Rows that are older count no more. */
  readonly seconds?: number;
}

const DAY = 24 * 60 * 60;
const TABLES: Readonly<Record<string, Table>> = {
  idtoken: { columns: ["iss", "clientId", "deploymentId", "user"], unique: 4, seconds: DAY },
  contexttoken: { columns: ["contextId", "user"], unique: 2, seconds: DAY },
  platform: { columns: ["platformUrl", "clientId", "kid"], unique: 2 },
  platformStatus: { columns: ["id"], unique: 1 },
  publickey: { columns: ["platformUrl", "clientId", "kid"], unique: 2 },
  privatekey: { columns: ["platformUrl", "clientId", "kid"], unique: 2 },
  accesstoken: { columns: ["platformUrl", "clientId", "scopes"], unique: 3, seconds: 60 * 60 },
  nonce: { columns: ["nonce"], unique: 1, seconds: 10 },
  state: { columns: ["state"], unique: 1, seconds: 600 },
};
const SWEEP_SECONDS = 60 * 60;

export class PostgresPlugin {
  readonly pool: pg.Pool;

  constructor(connectionString: string, max: number) {
    this.pool = new pg.Pool({ connectionString, max });
  }

  async setup(): Promise<true> {
    for (const [table, { columns, unique }] of Object.entries(TABLES)) {
      const keys = columns.slice(0, unique).map(quoted).join(", ");
      await this.pool.query(
        `create table if not exists ${quoted(table)} (${columns.map((column) => `${quoted(column)} text not null`).join(", ")},
           item json not null, "createdAt" timestamptz not null default now(), primary key (${keys}))`,
      );
      if (columns.includes("kid")) await this.pool.query(`create unique index on ${quoted(table)} (kid)`);
    }
    setInterval(() => void this.#sweep(), SWEEP_SECONDS * 1000).unref();
    return true;
  }

  async Close(): Promise<true> {
    await this.pool.end();
    return true;
  }

  async Get(encryptionKey: string | false, table: string, query: Item = {}): Promise<Item[] | false> {
    const { seconds } = tableOf(table);
    const fresh = seconds === undefined ? "true" : `"createdAt" > now() - interval '${seconds} seconds'`;
    const { rows } = await this.#query(
      "get",
      table,
      query,
      `select item, "createdAt" from ${quoted(table)} where ${where(query)} and ${fresh}`,
    );
    if (rows.length === 0) return false;
    return rows.map(({ item, createdAt }) =>
      encryptionKey === false ? { ...item, createdAt } : { ...decrypted(item, encryptionKey), createdAt },
    );
  }

  async Insert(encryptionKey: string | false, table: string, item: Item, index: Item = item): Promise<true> {
    await this.#write("insert", encryptionKey, table, item, index, "");
    return true;
  }

  async Replace(
    encryptionKey: string | false,
    table: string,
    query: Item,
    item: Item,
    index: Item = item,
  ): Promise<true> {
    const { columns, unique } = tableOf(table);
    const keys = columns.slice(0, unique).map(quoted).join(", ");
    const changed = [...columns.slice(unique).map(quoted), "item", '"createdAt"'];
    const becomes = changed.map((column) => `${column} = excluded.${column}`).join(", ");
    const instead = `on conflict (${keys}) do update set ${becomes}`;
    await this.#write("replace", encryptionKey, table, item, { ...query, ...index }, instead);
    return true;
  }

  /** Of what is not encrypted: ltijs changes nothing else. */
  async Modify(_encryptionKey: false, table: string, query: Item, change: Item): Promise<true> {
    for (const item of (await this.Get(false, table, query)) || [])
      await this.Replace(false, table, query, { ...item, ...change });
    return true;
  }

  async Delete(table: string, query: Item): Promise<true> {
    await this.#query("delete", table, query, `delete from ${quoted(table)} where ${where(query)}`);
    return true;
  }

  async #write(
    what: string,
    encryptionKey: string | false,
    table: string,
    item: Item,
    found: Item,
    instead: string,
  ): Promise<void> {
    const { columns } = tableOf(table);
    const stored = encryptionKey === false ? item : encrypted(item, encryptionKey);
    const values = [...columns.map((column) => found[column]), JSON.stringify(stored)];
    const names = [...columns.map(quoted), "item"].join(", ");
    const places = values.map((_value, place) => `$${place + 1}`).join(", ");
    const text = `insert into ${quoted(table)} (${names}) values (${places}) ${instead}`;
    await this.pool.query({ name: `${what} ${table}`, text, values });
  }

  #query(what: string, table: string, query: Item, text: string): Promise<pg.QueryResult> {
    const name = [what, table, ...Object.keys(query)].join(" ");
    return this.pool.query({ name, text, values: Object.values(query) });
  }

  async #sweep(): Promise<void> {
    for (const [table, { seconds }] of Object.entries(TABLES))
      if (seconds !== undefined)
        await this.pool.query(
          `delete from ${quoted(table)} where "createdAt" <= now() - interval '${seconds} seconds'`,
        );
  }
}

function tableOf(name: string): Table {
  const table = TABLES[name];
  if (!table) throw new Error(`ltijs has no table ${name}`);
  return table;
}

function where(query: Item): string {
  const tests = Object.keys(query).map((column, place) => `${quoted(column)} = $${place + 1}`);
  return tests.length === 0 ? "true" : tests.join(" and ");
}

function quoted(name: string): string {
  return `"${name}"`;
}

/** As ltijs' own `Database` does it. */
const CIPHER = "aes-256-cbc";

function keyOf(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

function encrypted(item: Item, secret: string): Item {
  const iv = randomBytes(16);
  const cipher = createCipheriv(CIPHER, keyOf(secret), iv);
  const data = Buffer.concat([cipher.update(JSON.stringify(item)), cipher.final()]);
  return { iv: iv.toString("hex"), data: data.toString("hex") };
}

function decrypted({ iv, data }: Item, secret: string): Item {
  const decipher = createDecipheriv(CIPHER, keyOf(secret), Buffer.from(String(iv), "hex"));
  return JSON.parse(
    Buffer.concat([decipher.update(Buffer.from(String(data), "hex")), decipher.final()]).toString(),
  );
}
