/** The page's form controls. */
import type { ComponentChildren } from "preact";
import { FAULTS, type FaultDescription, type Faults } from "../lms/faults.ts";

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

export function Switch(props: {
  readonly id: string;
  readonly label: string;
  readonly explanation?: string;
  readonly on: boolean;
  readonly disabled?: boolean;
  readonly onTurn: (on: boolean) => void;
}) {
  const described = props.explanation === undefined ? {} : { "aria-describedby": `${props.id}-why` };
  return (
    <div class="switch">
      <input
        type="checkbox"
        role="switch"
        id={props.id}
        checked={props.on}
        aria-checked={props.on}
        disabled={props.disabled ?? false}
        onChange={(event) => props.onTurn(event.currentTarget.checked)}
        {...described}
      />
      <div>
        <label for={props.id}>{props.label}</label>
        {props.explanation === undefined ? null : (
          <p class="hint" id={`${props.id}-why`}>
            {props.explanation}
          </p>
        )}
      </div>
    </div>
  );
}

export function FaultSwitch<Name extends keyof Faults>(props: {
  readonly name: Name;
  readonly value: Faults[Name];
  readonly onChange: (value: Faults[Name]) => void;
}) {
  const fault: FaultDescription = FAULTS[props.name];
  const id = `fault-${props.name}`;
  const on = props.value !== 0 && props.value !== "";
  const set = (value: number | string) => props.onChange(value as Faults[Name]);
  const firstChoice = Object.keys(fault.choices ?? {})[0];
  return (
    <div class="fault">
      <Switch
        id={id}
        label={fault.label}
        explanation={fault.explanation}
        on={on}
        onTurn={(turned) => {
          if (firstChoice !== undefined) set(turned ? firstChoice : "");
          else set(turned ? (fault.amount?.when_on ?? 1) : 0);
        }}
      />
      {on && fault.amount !== undefined ? (
        <label class="amount">
          <input
            type="number"
            min={1}
            max={fault.amount.highest}
            value={props.value}
            onChange={(event) =>
              set(Math.max(1, Math.min(event.currentTarget.valueAsNumber || 1, fault.amount?.highest ?? 1)))
            }
          />{" "}
          {fault.amount.unit}
        </label>
      ) : null}
      {on && fault.choices !== undefined ? (
        <label class="amount">
          to{" "}
          <select value={String(props.value)} onChange={(event) => set(event.currentTarget.value)}>
            {Object.entries(fault.choices).map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        </label>
      ) : null}
    </div>
  );
}
