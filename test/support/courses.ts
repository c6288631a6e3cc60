/**
 * Sample courses of our own. Each runs in any LMS; its lesson (`courses/sco.html`) shows in `#state` what the
 * API told it, and does what `#pass`, `#fail`, `#complete`, `#score`, `#bookmark`, `#many`, `#previous`,
 * `#continue` and `#exit` say.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { manifest12, manifest2004, oneItem, sco } from "./manifests.ts";
import { type ZipPart, zipBytes } from "./zips.ts";

/** When a lesson hands over what its buttons changed: at once, or only as its page goes (DESIGN §5, closing). */
export type SaveMoment = "early" | "beforeunload" | "pagehide" | "unload";

export interface CourseOptions {
  readonly save?: SaveMoment;
  readonly title?: string;
}

export interface SampleCourse {
  readonly parts: readonly ZipPart[];
  readonly zip: Buffer;
}

/** One SCO, SCORM 1.2. */
export function singleScoCourse12(options: CourseOptions = {}): SampleCourse {
  return course(
    "1.2",
    options,
    manifest12({ organization: titled(oneItem(), options), resources: lesson12() }),
  );
}

/** Three SCOs: an introduction, a lesson with launch data that needs it, a test that needs both; mastery at 80. */
export function severalScoCourse12(options: CourseOptions = {}): SampleCourse {
  const organization = `
    <organization identifier="org">
      <title>Sample course</title>
      <item identifier="intro" identifierref="lesson-resource" parameters="?title=Introduction">
        <title>Introduction</title>
      </item>
      <item identifier="chapter">
        <title>Chapter</title>
        <item identifier="lesson" identifierref="lesson-resource" parameters="?title=Lesson">
          <title>Lesson</title>
          <adlcp:prerequisites type="aicc_script">intro</adlcp:prerequisites>
          <adlcp:datafromlms>depth=2</adlcp:datafromlms>
        </item>
        <item identifier="test" identifierref="lesson-resource" parameters="?title=Test">
          <title>Test</title>
          <adlcp:prerequisites type="aicc_script">intro&amp;lesson</adlcp:prerequisites>
          <adlcp:maxtimeallowed>00:30:00</adlcp:maxtimeallowed>
          <adlcp:timelimitaction>continue,no message</adlcp:timelimitaction>
          <adlcp:masteryscore>80</adlcp:masteryscore>
        </item>
      </item>
    </organization>`;
  return course(
    "1.2",
    options,
    manifest12({ organization: titled(organization, options), resources: lesson12() }),
  );
}

/** One SCO, SCORM 2004; a passing score of 0.8. */
export function singleScoCourse2004(edition: "3rd" | "4th", options: CourseOptions = {}): SampleCourse {
  const sequencing = `
        <imsss:sequencing>
          <imsss:objectives>
            <imsss:primaryObjective objectiveID="lesson-objective" satisfiedByMeasure="true">
              <imsss:minNormalizedMeasure>0.8</imsss:minNormalizedMeasure>
            </imsss:primaryObjective>
          </imsss:objectives>
          <imsss:deliveryControls completionSetByContent="true" objectiveSetByContent="true"/>
        </imsss:sequencing>`;
  const organization = titled(oneItem(sequencing), options);
  return course("2004", options, manifest2004(edition, { organization, resources: lesson2004() }));
}

/**
 * A pre-test that lets its learner skip the lessons, two lessons that share one definition, and a post-test of
 * at most two attempts that alone decides whether the course is passed.
 */
export function sequencedCourse2004(options: CourseOptions = {}): SampleCourse {
  const organization = titled(SEQUENCED_ORGANIZATION, options);
  const parts = { organization, resources: lesson2004(), after: SEQUENCING_COLLECTION };
  return course("2004", options, manifest2004("4th", parts));
}

const SEQUENCED_ORGANIZATION = `
    <organization identifier="org" adlseq:objectivesGlobalToSystem="false">
      <title>Sample course</title>
      <item identifier="pretest" identifierref="lesson-resource" parameters="?title=Pre-test">
        <title>Pre-test</title>
        <imsss:sequencing>
          <imsss:rollupRules rollupObjectiveSatisfied="false" rollupProgressCompletion="false" objectiveMeasureWeight="0"/>
          <imsss:objectives>
            <imsss:primaryObjective objectiveID="pretest-objective" satisfiedByMeasure="true">
              <imsss:minNormalizedMeasure>0.8</imsss:minNormalizedMeasure>
              <imsss:mapInfo targetObjectiveID="sample.knows-it" readSatisfiedStatus="false" writeSatisfiedStatus="true"/>
            </imsss:primaryObjective>
          </imsss:objectives>
          <imsss:deliveryControls completionSetByContent="true" objectiveSetByContent="true"/>
        </imsss:sequencing>
      </item>
      <item identifier="lessons">
        <title>Lessons</title>
        <item identifier="lesson-1" identifierref="lesson-resource" parameters="?title=Lesson%201">
          <title>Lesson 1</title>
          <imsss:sequencing IDRef="lesson-sequencing"/>
        </item>
        <item identifier="lesson-2" identifierref="lesson-resource" parameters="?title=Lesson%202">
          <title>Lesson 2</title>
          <imsss:sequencing IDRef="lesson-sequencing"/>
        </item>
        <imsss:sequencing>
          <imsss:controlMode choice="true" flow="true"/>
          <imsss:sequencingRules>
            <imsss:preConditionRule>
              <imsss:ruleConditions conditionCombination="all">
                <imsss:ruleCondition referencedObjective="lessons-known" condition="satisfied"/>
              </imsss:ruleConditions>
              <imsss:ruleAction action="skip"/>
            </imsss:preConditionRule>
          </imsss:sequencingRules>
          <imsss:rollupRules rollupObjectiveSatisfied="false" objectiveMeasureWeight="0"/>
          <imsss:objectives>
            <imsss:primaryObjective objectiveID="lessons-objective"/>
            <imsss:objective objectiveID="lessons-known">
              <imsss:mapInfo targetObjectiveID="sample.knows-it" readSatisfiedStatus="true" readNormalizedMeasure="false"/>
            </imsss:objective>
          </imsss:objectives>
        </imsss:sequencing>
      </item>
      <item identifier="posttest" identifierref="lesson-resource" parameters="?title=Post-test">
        <title>Post-test</title>
        <imsss:sequencing>
          <imsss:sequencingRules>
            <imsss:preConditionRule>
              <imsss:ruleConditions>
                <imsss:ruleCondition condition="attemptLimitExceeded"/>
              </imsss:ruleConditions>
              <imsss:ruleAction action="disabled"/>
            </imsss:preConditionRule>
            <imsss:postConditionRule>
              <imsss:ruleConditions>
                <imsss:ruleCondition operator="not" condition="satisfied"/>
              </imsss:ruleConditions>
              <imsss:ruleAction action="retry"/>
            </imsss:postConditionRule>
          </imsss:sequencingRules>
          <imsss:limitConditions attemptLimit="2"/>
          <imsss:rollupRules objectiveMeasureWeight="1"/>
          <imsss:objectives>
            <imsss:primaryObjective objectiveID="posttest-objective" satisfiedByMeasure="true">
              <imsss:minNormalizedMeasure>0.8</imsss:minNormalizedMeasure>
              <imsss:mapInfo targetObjectiveID="sample.result" writeSatisfiedStatus="true" writeNormalizedMeasure="true"/>
            </imsss:primaryObjective>
          </imsss:objectives>
          <imsss:deliveryControls completionSetByContent="true" objectiveSetByContent="true"/>
          <adlseq:objectives>
            <adlseq:objective objectiveID="posttest-objective">
              <adlseq:mapInfo targetObjectiveID="sample.result" writeRawScore="true" writeCompletionStatus="true"/>
            </adlseq:objective>
          </adlseq:objectives>
        </imsss:sequencing>
      </item>
      <imsss:sequencing>
        <imsss:controlMode choice="true" flow="true"/>
        <imsss:rollupRules>
          <imsss:rollupRule childActivitySet="any">
            <imsss:rollupConditions conditionCombination="any">
              <imsss:rollupCondition condition="satisfied"/>
            </imsss:rollupConditions>
            <imsss:rollupAction action="completed"/>
          </imsss:rollupRule>
        </imsss:rollupRules>
      </imsss:sequencing>
    </organization>`;

const SEQUENCING_COLLECTION = `
  <imsss:sequencingCollection>
    <imsss:sequencing ID="lesson-sequencing">
      <imsss:rollupRules rollupObjectiveSatisfied="false" objectiveMeasureWeight="0"/>
      <imsss:deliveryControls completionSetByContent="true" objectiveSetByContent="true"/>
    </imsss:sequencing>
  </imsss:sequencingCollection>`;

function lesson12(): string {
  return sco("scormtype", "lesson-resource", "sco.html");
}

function lesson2004(): string {
  return sco("scormType", "lesson-resource", "sco.html");
}

function titled(organization: string, { title = "Sample course" }: CourseOptions): string {
  return organization.replace("Sample course", () => title);
}

/** The files that every sample course has beside its manifest. */
export function lessonFiles(standard: "1.2" | "2004", save: SaveMoment = "early"): ZipPart[] {
  const settings = `window.SETTINGS = ${JSON.stringify({ standard, save })};\n`;
  const files = ["sco.html", "sco.css", "sco.js"].map((name) => ({ name, content: read(name) }));
  return [...files, { name: "settings.js", content: settings }];
}

function course(standard: "1.2" | "2004", options: CourseOptions, manifest: string): SampleCourse {
  const parts = [{ name: "imsmanifest.xml", content: manifest }, ...lessonFiles(standard, options.save)];
  return { parts, zip: zipBytes(parts) };
}

function read(name: string): Buffer {
  return readFileSync(join(import.meta.dirname, "courses", name));
}
