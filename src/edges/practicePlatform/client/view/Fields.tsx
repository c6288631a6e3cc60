/** Fields as the panes use them. */
import type { ComponentChildren } from "preact";

export function Select(props: {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly onPick: (value: string) => void;
  readonly children: ComponentChildren;
}) {
  return (
    <div class="field">
      <label for={props.id}>{props.label}</label>
      <select id={props.id} value={props.value} onChange={(event) => props.onPick(event.currentTarget.value)}>
        {props.children}
      </select>
    </div>
  );
}

export function Choices<Value extends string>(props: {
  readonly id: string;
  readonly label: string;
  readonly value: Value;
  readonly choices: Readonly<Record<Value, string>>;
  readonly onPick: (value: Value) => void;
}) {
  return (
    <Select
      id={props.id}
      label={props.label}
      value={props.value}
      onPick={(value) => props.onPick(value as Value)}
    >
      {Object.entries<string>(props.choices).map(([value, words]) => (
        <option key={value} value={value}>
          {words}
        </option>
      ))}
    </Select>
  );
}

export function Switch(props: {
  readonly id: string;
  readonly label: string;
  readonly explanation: string;
  readonly on: boolean;
  readonly onTurn: (on: boolean) => void;
}) {
  return (
    <div class="switch">
      <input
        type="checkbox"
        role="switch"
        id={props.id}
        checked={props.on}
        aria-checked={props.on}
        aria-describedby={`${props.id}-explained`}
        onChange={(event) => props.onTurn(event.currentTarget.checked)}
      />
      <div>
        <label for={props.id}>{props.label}</label>
        <p class="hint" id={`${props.id}-explained`}>
          {props.explanation}
        </p>
      </div>
    </div>
  );
}

export interface FormField {
  readonly name: string;
  readonly label: string;
  readonly required?: boolean;
  readonly lines?: boolean;
  readonly type?: "url" | "text";
}

/** A form of texts; empty again once it was taken. */
export function TextForm(props: {
  readonly id: string;
  readonly fields: readonly FormField[];
  readonly button: string;
  readonly onSend: (values: Record<string, string>) => Promise<void>;
}) {
  const send = async (form: HTMLFormElement) => {
    const values = [...new FormData(form)].map(([name, value]) => [name, String(value)] as const);
    await props.onSend(Object.fromEntries(values.filter(([, value]) => value !== "")));
    form.reset();
  };
  return (
    <form
      class="text-form"
      onSubmit={(event) => {
        event.preventDefault();
        void send(event.currentTarget);
      }}
    >
      {props.fields.map(({ name, label, required = true, lines, type = "text" }) => (
        <div class="field" key={name}>
          <label for={`${props.id}-${name}`}>{label}</label>
          {lines ? (
            <textarea id={`${props.id}-${name}`} name={name} required={required} rows={2} />
          ) : (
            <input
              id={`${props.id}-${name}`}
              name={name}
              required={required}
              inputmode={type}
              autocomplete="off"
            />
          )}
        </div>
      ))}
      <button type="submit">{props.button}</button>
    </form>
  );
}

/** A value to copy into the tool's form. */
export function Value(props: { readonly label: string; readonly value: string }) {
  return (
    <div>
      <dt>{props.label}</dt>
      <dd>
        <code>{props.value}</code>{" "}
        <button
          type="button"
          class="copy"
          aria-label={`Copy: ${props.label}`}
          onClick={() => void navigator.clipboard.writeText(props.value)}
        >
          Copy
        </button>
      </dd>
    </div>
  );
}
