import { expect, test } from "@jest/globals";
import type { CourseItem, CourseStructure } from "../../../src/core/course.ts";
import { type ReadManifest, readManifest } from "../../../src/flows/import/readManifest.ts";
import { sequencedCourse2004, singleScoCourse2004 } from "../../support/courses.ts";
import { warningCodes } from "../../support/imports.ts";
import { manifest12, manifest2004, oneItem, sco } from "../../support/manifests.ts";

const FILES = ["imsmanifest.xml", "sco.html", "sco.css", "sco.js", "settings.js"];
const RESOURCE = sco("scormType", "lesson-resource", "sco.html");

const read = (manifest: string): Promise<ReadManifest> => readManifest(Buffer.from(manifest), FILES);

function manifestOf(parts: ReturnType<typeof sequencedCourse2004>): string {
  return String(parts.parts.find(({ name }) => name === "imsmanifest.xml")?.content);
}

function find(items: readonly CourseItem[], id: string): CourseItem | undefined {
  return items.find((item) => item.id === id) ?? items.flatMap((item) => find(item.items, id) ?? [])[0];
}

/** The lesson of a 4th edition course with this in its item. */
async function lesson(inner: string, after = ""): Promise<CourseItem & { codes: string[] }> {
  const manifest = manifest2004("4th", { organization: oneItem(inner), resources: RESOURCE, after });
  const result = await read(manifest);
  const [item] = result.structure.items;
  if (item === undefined) throw new Error("no item");
  return { ...item, codes: warningCodes(result) };
}

const sequencing = (inner: string, attributes = "") =>
  `<imsss:sequencing ${attributes}>${inner}</imsss:sequencing>`;

test("a whole sequenced course is read without a warning", async () => {
  const { structure, warnings } = await read(manifestOf(sequencedCourse2004()));
  expect(warnings).toEqual([]);
  expect(structure).toMatchObject({
    standard: "scorm2004-4",
    objectives_global_to_system: false,
    sequencing: {
      control_mode: { choice: true, flow: true },
      rollup_rules: [
        {
          child_activity_set: "any",
          combination: "any",
          action: "completed",
          conditions: [{ condition: "satisfied", operator: "noOp" }],
        },
      ],
    },
  } satisfies Partial<CourseStructure>);
  expect(find(structure.items, "posttest")?.sequencing).toEqual({
    pre_condition_rules: [
      {
        combination: "all",
        action: "disabled",
        conditions: [{ condition: "attemptLimitExceeded", operator: "noOp" }],
      },
    ],
    post_condition_rules: [
      { combination: "all", action: "retry", conditions: [{ condition: "satisfied", operator: "not" }] },
    ],
    limit_conditions: { attempt_limit: 2 },
    rollup: { objective_measure_weight: 1 },
    primary_objective: {
      id: "posttest-objective",
      satisfied_by_measure: true,
      min_normalized_measure: 0.8,
      maps: [
        {
          target: "sample.result",
          write_satisfied_status: true,
          write_normalized_measure: true,
          write_raw_score: true,
          write_completion_status: true,
        },
      ],
    },
    delivery_controls: { completion_set_by_content: true, objective_set_by_content: true },
  });
});

test("items that refer to one definition each get it", async () => {
  const { structure } = await read(manifestOf(sequencedCourse2004()));
  const expected = {
    rollup: { rollup_objective_satisfied: false, objective_measure_weight: 0 },
    delivery_controls: { completion_set_by_content: true, objective_set_by_content: true },
  };
  expect(find(structure.items, "lesson-1")?.sequencing).toEqual(expected);
  expect(find(structure.items, "lesson-2")?.sequencing).toEqual(expected);
});

test("what an item states itself goes before what it refers to", async () => {
  const collection = `<imsss:sequencingCollection>${sequencing(
    `<imsss:controlMode flow="true"/><imsss:limitConditions attemptLimit="3"/>`,
    'ID="shared"',
  )}</imsss:sequencingCollection>`;
  const item = await lesson(
    sequencing(`<imsss:limitConditions attemptLimit="1"/>`, 'IDRef="shared"'),
    collection,
  );
  expect(item.sequencing).toEqual({ control_mode: { flow: true }, limit_conditions: { attempt_limit: 1 } });
});

test("a reference to nothing is a warning", async () => {
  const item = await lesson(sequencing(`<imsss:controlMode flow="true"/>`, 'IDRef="gone"'));
  expect(item.sequencing).toEqual({ control_mode: { flow: true } });
  expect(item.codes).toEqual(["sequencing_idref_unknown"]);
});

test("everything else that a definition can state is read", async () => {
  const item = await lesson(
    sequencing(`
      <imsss:controlMode choice="false" choiceExit="false" flow="true" forwardOnly="true"
        useCurrentAttemptObjectiveInfo="false" useCurrentAttemptProgressInfo="false"/>
      <imsss:sequencingRules>
        <imsss:exitConditionRule>
          <imsss:ruleConditions conditionCombination="any">
            <imsss:ruleCondition condition="objectiveMeasureGreaterThan" referencedObjective="o" measureThreshold="0.5"/>
            <imsss:ruleCondition condition="completed"/>
          </imsss:ruleConditions>
          <imsss:ruleAction action="exit"/>
        </imsss:exitConditionRule>
      </imsss:sequencingRules>
      <imsss:limitConditions attemptAbsoluteDurationLimit="PT30M"/>
      <imsss:rollupRules rollupObjectiveSatisfied="false" rollupProgressCompletion="false" objectiveMeasureWeight="0.5">
        <imsss:rollupRule childActivitySet="atLeastPercent" minimumPercent="0.5">
          <imsss:rollupConditions conditionCombination="all">
            <imsss:rollupCondition operator="not" condition="attempted"/>
          </imsss:rollupConditions>
          <imsss:rollupAction action="incomplete"/>
        </imsss:rollupRule>
        <imsss:rollupRule childActivitySet="atLeastCount" minimumCount="2">
          <imsss:rollupConditions><imsss:rollupCondition condition="satisfied"/></imsss:rollupConditions>
          <imsss:rollupAction action="satisfied"/>
        </imsss:rollupRule>
      </imsss:rollupRules>
      <imsss:objectives>
        <imsss:primaryObjective/>
        <imsss:objective objectiveID="o"><imsss:mapInfo targetObjectiveID="g" readNormalizedMeasure="false"/></imsss:objective>
      </imsss:objectives>
      <imsss:randomizationControls randomizationTiming="onEachNewAttempt" selectCount="2" reorderChildren="true" selectionTiming="once"/>
      <imsss:deliveryControls tracked="false"/>
      <adlseq:constrainedChoiceConsiderations preventActivation="true" constrainChoice="false"/>
      <adlseq:rollupConsiderations requiredForSatisfied="ifAttempted" requiredForNotSatisfied="ifNotSkipped"
        requiredForCompleted="ifNotSuspended" requiredForIncomplete="always" measureSatisfactionIfActive="false"/>`),
  );
  expect(item.codes).toEqual([]);
  expect(item.sequencing).toEqual({
    control_mode: {
      choice: false,
      choice_exit: false,
      flow: true,
      forward_only: true,
      use_current_attempt_objective_info: false,
      use_current_attempt_progress_info: false,
    },
    exit_condition_rules: [
      {
        combination: "any",
        action: "exit",
        conditions: [
          {
            condition: "objectiveMeasureGreaterThan",
            operator: "noOp",
            referenced_objective: "o",
            measure_threshold: 0.5,
          },
          { condition: "completed", operator: "noOp" },
        ],
      },
    ],
    limit_conditions: { attempt_absolute_duration_limit: "PT30M" },
    rollup: {
      rollup_objective_satisfied: false,
      rollup_progress_completion: false,
      objective_measure_weight: 0.5,
    },
    rollup_rules: [
      {
        child_activity_set: "atLeastPercent",
        minimum_percent: 0.5,
        combination: "all",
        action: "incomplete",
        conditions: [{ condition: "attempted", operator: "not" }],
      },
      {
        child_activity_set: "atLeastCount",
        minimum_count: 2,
        combination: "any",
        action: "satisfied",
        conditions: [{ condition: "satisfied", operator: "noOp" }],
      },
    ],
    primary_objective: { id: "", maps: [] },
    objectives: [{ id: "o", maps: [{ target: "g", read_normalized_measure: false }] }],
    randomization: {
      randomization_timing: "onEachNewAttempt",
      select_count: 2,
      reorder_children: true,
      selection_timing: "once",
    },
    delivery_controls: { tracked: false },
    constrained_choice: { prevent_activation: true, constrain_choice: false },
    rollup_considerations: {
      required_for_satisfied: "ifAttempted",
      required_for_not_satisfied: "ifNotSkipped",
      required_for_completed: "ifNotSuspended",
      required_for_incomplete: "always",
      measure_satisfaction_if_active: false,
    },
  });
});

test("ADL's considerations count beside the sequencing too", async () => {
  const item = await lesson(`<adlseq:constrainedChoiceConsiderations preventActivation="true"/>`);
  expect(item.sequencing).toEqual({ constrained_choice: { prevent_activation: true } });
});

test("a rule of which a part can't be read is left out whole", async () => {
  const rule = (condition: string, action: string) => `<imsss:preConditionRule><imsss:ruleConditions>
    <imsss:ruleCondition condition="always"/><imsss:ruleCondition condition="${condition}"/>
    </imsss:ruleConditions><imsss:ruleAction action="${action}"/></imsss:preConditionRule>`;
  const rules = `${rule("moonPhase", "skip")}${rule("always", "exitAll")}`;
  const item = await lesson(sequencing(`<imsss:sequencingRules>${rules}</imsss:sequencingRules>`));
  expect(item.sequencing).toBeUndefined();
  expect(item.codes).toEqual(["value_invalid"]);
});

test("words in another case are read as the standard writes them", async () => {
  const considerations = `<adlseq:rollupConsiderations requiredForSatisfied="IfAttempted"/>`;
  const item = await lesson(sequencing(considerations));
  expect(item.sequencing).toEqual({ rollup_considerations: { required_for_satisfied: "ifAttempted" } });
});

test.each([
  ["auxiliary resources", sequencing("<imsss:auxiliaryResources/>")],
  ["beginTimeLimit", sequencing(`<imsss:limitConditions beginTimeLimit="2020-01-01T00:00:00"/>`)],
  [
    "activityAbsoluteDurationLimit",
    sequencing(`<imsss:limitConditions activityAbsoluteDurationLimit="PT1H"/>`),
  ],
  ["adlcp:data", `<adlcp:data><adlcp:map targetID="x"/></adlcp:data>`],
])("%s is named as not supported", async (name, inner) => {
  const manifest = manifest2004("4th", { organization: oneItem(inner), resources: RESOURCE });
  const { warnings } = await read(manifest);
  expect(warnings).toEqual([{ code: "not_supported", detail: expect.stringContaining(name) }]);
});

test("hideLMSUI is read, and a word that it does not know is left out", async () => {
  const hidden = (word: string) => `<adlnav:hideLMSUI>${word}</adlnav:hideLMSUI>`;
  const words = ["continue", " previous ", "EXITALL", "everything"].map(hidden).join("");
  const item = await lesson(
    `<adlnav:presentation><adlnav:navigationInterface>${words}</adlnav:navigationInterface></adlnav:presentation>`,
  );
  expect(item.hide_lms_ui).toEqual(["continue", "previous", "exitAll"]);
  expect(item.codes).toEqual(["value_invalid"]);
});

test.each([
  ["<adlcp:completionThreshold>0.75</adlcp:completionThreshold>", true, 0.75, 1],
  [
    `<adlcp:completionThreshold completedByMeasure="true" minProgressMeasure="0.5" progressWeight="0.2"/>`,
    true,
    0.5,
    0.2,
  ],
  [`<adlcp:completionThreshold minProgressMeasure="0.5"/>`, false, 0.5, 1],
  [`<adlcp:completionThreshold completedByMeasure="true"/>`, true, 1, 1],
])(
  "a completion threshold is read in the form of either edition: %s",
  async (inner, byMeasure, minimum, weight) => {
    expect((await lesson(inner)).completion_threshold).toEqual({
      completed_by_measure: byMeasure,
      min_progress_measure: minimum,
      progress_weight: weight,
    });
  },
);

test("an organization can have a completion threshold of its own", async () => {
  const organization = oneItem().replace(
    "</organization>",
    `<adlcp:completionThreshold completedByMeasure="true"/></organization>`,
  );
  const { structure } = await read(manifest2004("4th", { organization, resources: RESOURCE }));
  expect(structure.completion_threshold?.completed_by_measure).toBe(true);
});

test("objectives are global to the system unless the organization says otherwise", async () => {
  const saying = (value: string) => oneItem().replace("<organization ", `<organization ${value} `);
  const global = async (organization: string) =>
    (await read(manifest2004("3rd", { organization, resources: RESOURCE }))).structure
      .objectives_global_to_system;
  expect(await global(oneItem())).toBe(true);
  expect(await global(saying(`adlseq:objectivesGlobalToSystem="true"`))).toBe(true);
  expect(await global(saying(`adlseq:objectivesGlobalToSystem="false"`))).toBe(false);
});

test("SCORM 2004's names for launch data and time limit are read too", async () => {
  const item = await lesson(`
    <adlcp:timeLimitAction>continue,message</adlcp:timeLimitAction><adlcp:dataFromLMS>a=1</adlcp:dataFromLMS>`);
  expect(item).toMatchObject({ time_limit_action: "continue,message", launch_data: "a=1" });
});

test("the passing score of a single SCO is its primary objective's measure", async () => {
  const { structure } = await read(manifestOf(singleScoCourse2004("3rd")));
  expect(structure.items[0]?.sequencing?.primary_objective).toEqual({
    id: "lesson-objective",
    satisfied_by_measure: true,
    min_normalized_measure: 0.8,
    maps: [],
  });
});

test("SCORM 1.2 has no sequencing, whatever stands in its organization", async () => {
  const namespaced = `xmlns:imsss="http://www.imsglobal.org/xsd/imsss"`;
  const organization = oneItem().replace(
    "</organization>",
    `<imsss:sequencing ${namespaced}><imsss:controlMode flow="true"/></imsss:sequencing></organization>`,
  );
  const { structure } = await read(
    manifest12({ organization, resources: sco("scormtype", "lesson-resource", "sco.html") }),
  );
  expect(structure.sequencing).toBeUndefined();
});
