/** Left: which package, which learner, how it is launched, and what goes wrong. */
import { useState } from "preact/hooks";
import type { LmsLearner, LmsPackage, PackageList } from "../../practiceTypes.ts";
import { FAULT_NAMES, type Faults, type LmsSettings, NO_FAULTS, SETTING_CHOICES } from "../lms/faults.ts";
import { FaultSwitch, Select } from "./Fields.tsx";
import { counted } from "./format.ts";

export interface ChooseProps {
  readonly list: PackageList | null;
  /** A delivery's id or a package's: what the list marks as chosen. */
  readonly chosen: string;
  readonly loaded: LmsPackage | null;
  readonly itemId: string;
  readonly learners: readonly LmsLearner[];
  readonly learnerId: string;
  readonly settings: LmsSettings;
  readonly faults: Faults;
  readonly onChoose: (id: string) => void;
  readonly onZip: (file: File) => void;
  readonly onItem: (itemId: string) => void;
  readonly onLearner: (learnerId: string) => void;
  readonly onNewLearner: (learner: LmsLearner) => void;
  readonly onSettings: (settings: LmsSettings) => void;
  readonly onFaults: (faults: Faults) => void;
}

export function ChoosePane(props: ChooseProps) {
  return (
    <section class="pane choose" aria-labelledby="choose-title">
      <h2 id="choose-title">Set up a launch</h2>
      <PackageChoice {...props} />
      <LearnerChoice {...props} />
      <SettingChoices settings={props.settings} onSettings={props.onSettings} />
      <FaultChoices faults={props.faults} onFaults={props.onFaults} />
    </section>
  );
}

function PackageChoice(props: ChooseProps) {
  const { list, loaded } = props;
  const empty = list !== null && list.from_gateway.length === 0 && list.gateway_problem === null;
  return (
    <>
      <Select id="package" label="Package" value={props.chosen} onPick={props.onChoose}>
        <option value="">{list === null ? "Loading…" : "Choose a package"}</option>
        {(list?.from_gateway.length ?? 0) > 0 ? (
          <optgroup label="From the gateway">
            {list?.from_gateway.map(({ delivery_id, title, license_kind, label, format }) => (
              <option key={delivery_id} value={delivery_id}>
                {[title, license_kind, label, FORMATS[format]].filter(Boolean).join(" · ")}
              </option>
            ))}
          </optgroup>
        ) : null}
        {(list?.uploaded.length ?? 0) > 0 ? (
          <optgroup label="Uploaded here">
            {list?.uploaded.map(({ package_id, title, standard }) => (
              <option key={package_id} value={package_id}>
                {`${title} · ${FORMATS[standard]}`}
              </option>
            ))}
          </optgroup>
        ) : null}
      </Select>
      {list?.gateway_problem ? (
        <p class="problem">The gateway's packages are missing: {list.gateway_problem}</p>
      ) : null}
      {empty ? (
        <p class="hint">
          The gateway has no package yet. Make a delivery in the console, or drop a zip below.
        </p>
      ) : null}
      <ZipDrop onZip={props.onZip} />
      {loaded !== null && loaded.items.length > 1 ? (
        <Select id="item" label="Item" value={props.itemId} onPick={props.onItem}>
          {loaded.items.map(({ item_id, title }) => (
            <option key={item_id} value={item_id}>
              {title}
            </option>
          ))}
        </Select>
      ) : null}
    </>
  );
}

const FORMATS = {
  scorm12: "SCORM 1.2",
  "scorm2004-3": "SCORM 2004 3rd",
  "scorm2004-4": "SCORM 2004 4th",
} as const;

function ZipDrop({ onZip }: Pick<ChooseProps, "onZip">) {
  const [over, setOver] = useState(false);
  return (
    <label
      class={over ? "drop over" : "drop"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const file = event.dataTransfer?.files[0];
        if (file !== undefined) onZip(file);
      }}
    >
      <span>Drop a SCORM zip here, or choose one</span>
      <input
        type="file"
        accept=".zip,application/zip"
        onChange={(event) => {
          const input = event.currentTarget;
          const file = input.files?.[0];
          if (file !== undefined) onZip(file);
          input.value = "";
        }}
      />
    </label>
  );
}

function LearnerChoice(props: ChooseProps) {
  return (
    <>
      <Select id="learner" label="Learner" value={props.learnerId} onPick={props.onLearner}>
        {props.learners.map(({ learner_id, name }) => (
          <option key={learner_id} value={learner_id}>
            {`${name} (${learner_id})`}
          </option>
        ))}
      </Select>
      <NewLearner onNewLearner={props.onNewLearner} />
    </>
  );
}

function NewLearner({ onNewLearner }: Pick<ChooseProps, "onNewLearner">) {
  const [name, setName] = useState("");
  const [id, setId] = useState("");
  return (
    <details class="more">
      <summary>Add a learner</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onNewLearner({ name: name.trim(), learner_id: id.trim() });
          setName("");
          setId("");
          event.currentTarget.closest("details")?.removeAttribute("open");
        }}
      >
        <div class="field">
          <label for="new-name">Name, as “Last, First”</label>
          <input
            id="new-name"
            required
            maxLength={250}
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </div>
        <div class="field">
          <label for="new-id">Id in this LMS</label>
          <input
            id="new-id"
            required
            maxLength={250}
            value={id}
            onInput={(event) => setId(event.currentTarget.value)}
          />
        </div>
        <button type="submit">Add</button>
      </form>
    </details>
  );
}

function SettingChoices({ settings, onSettings }: Pick<ChooseProps, "settings" | "onSettings">) {
  const names = Object.keys(SETTING_CHOICES) as (keyof LmsSettings)[];
  return (
    <div class="settings">
      {names.map((name) => (
        <Select
          key={name}
          id={`setting-${name}`}
          label={SETTING_CHOICES[name].label}
          value={settings[name]}
          onPick={(value) => onSettings({ ...settings, [name]: value })}
        >
          {Object.entries(SETTING_CHOICES[name].choices).map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </Select>
      ))}
    </div>
  );
}

function FaultChoices({ faults, onFaults }: Pick<ChooseProps, "faults" | "onFaults">) {
  const on = FAULT_NAMES.filter((name) => faults[name] !== NO_FAULTS[name]).length;
  return (
    <details class="more faults" open={on > 0}>
      <summary>
        Faults of this LMS <span class="count">{on === 0 ? "none on" : `${counted(on, "fault")} on`}</span>
      </summary>
      <p class="hint">They hold from the next launch.</p>
      {FAULT_NAMES.map((name) => (
        <FaultSwitch
          key={name}
          name={name}
          value={faults[name]}
          onChange={(value) => onFaults({ ...faults, [name]: value })}
        />
      ))}
    </details>
  );
}
