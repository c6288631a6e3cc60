/**
 * What each seat was opened with: by which id, of which course, and with which of its lessons (RULES §3.4). Courses are asked for
 * once; first launches only of seats that need them: most courses have one lesson, and most learners one id.
 */
import type { CourseItem } from "../../core/course.ts";
import { firstLessonOf, leavesOf } from "../../core/lessons.ts";
import type { Sql } from "../../store/db.ts";
import { type CourseItems, listCourseItems, listFirstItems } from "../../store/reports/lessons.ts";
import { type FirstLaunch, listFirstLaunches, type ReportedSeat } from "../../store/reports/seats.ts";

export interface OpenedSeat extends Pick<ReportedSeat, "id" | "starts_at" | "learner_id" | "learner_name"> {
  /** As LMSs send them: that of first access, then the others, the oldest first. */
  readonly identities: readonly string[];
  /** Titles; empty where nothing was opened. */
  readonly course: string;
  readonly lesson: string;
}

interface Titles {
  readonly first: string;
  /** By item. */
  readonly all: ReadonlyMap<string, string>;
}

interface Course {
  readonly title: string;
  /** Null: it depends on the version and on the learner. */
  readonly onlyLesson: string | null;
  /** By version. */
  readonly versions: ReadonlyMap<string, Titles>;
}

/** @returns What completes the seats of one account, page after page. */
export function createLessons(sql: Sql, accountId: string) {
  const courses = new Map<string, Course>();
  const learn = async (ids: Iterable<string | null>) => {
    const unknown = [...new Set(ids)].filter((id) => id !== null).filter((id) => !courses.has(id));
    if (unknown.length === 0) return;
    for (const course of await listCourseItems(sql, unknown)) courses.set(course.id, courseOf(course));
  };
  const courseAt = (id: string | null | undefined) => courses.get(id ?? "");
  const needsLaunch = ({ course_id, identities }: ReportedSeat) =>
    identities !== null || (courseAt(course_id)?.onlyLesson ?? null) === null;

  return async (seats: readonly ReportedSeat[]): Promise<OpenedSeat[]> => {
    await learn(seats.map(({ course_id }) => course_id));
    const ids = seats.filter(needsLaunch).map(({ id }) => id);
    const launches = ids.length > 0 ? await listFirstLaunches(sql, accountId, ids) : [];
    await learn(launches.map(({ course_id }) => course_id));
    const bySeat = new Map(launches.map((launch) => [launch.seat_id, launch]));
    const told = launches.filter(({ course_id }) => courseAt(course_id)?.onlyLesson === null);
    const items = await firstItems(sql, accountId, told);
    return seats.map((seat) => {
      const launch = bySeat.get(seat.id);
      const course = courseAt(launch?.course_id ?? seat.course_id);
      const lesson = course?.onlyLesson ?? lessonOf(course, launch, items);
      // Field by field: spread, a million rows take half as long again.
      return {
        id: seat.id,
        starts_at: seat.starts_at,
        learner_id: seat.learner_id,
        learner_name: seat.learner_name,
        identities: identitiesOf(seat, launch),
        course: course?.title ?? "",
        lesson,
      };
    });
  };
}

async function firstItems(sql: Sql, accountId: string, launches: readonly FirstLaunch[]) {
  const attempts = launches.flatMap(({ attempt_id }) => attempt_id ?? []);
  return attempts.length > 0 ? listFirstItems(sql, accountId, attempts) : new Map<string, string>();
}

function courseOf({ title, versions }: CourseItems): Course {
  const titles = new Map(versions.map(({ id, items }) => [id, titlesOf(items)]));
  const lessons = new Set([...titles.values()].flatMap(({ all }) => [...all.values()]));
  const [only] = lessons;
  return { title, onlyLesson: lessons.size === 1 && only !== undefined ? only : null, versions: titles };
}

function titlesOf(items: readonly CourseItem[]): Titles {
  const all = new Map(leavesOf(items).map(({ id, title }) => [id, title]));
  return { first: firstLessonOf({ items })?.title ?? "", all };
}

function lessonOf(
  course: Course | undefined,
  launch: FirstLaunch | undefined,
  items: ReadonlyMap<string, string>,
): string {
  const titles = course?.versions.get(launch?.course_version_id ?? "");
  return titles?.all.get(items.get(launch?.attempt_id ?? "") ?? "") ?? titles?.first ?? "";
}

function identitiesOf({ identity, identities }: ReportedSeat, launch: FirstLaunch | undefined): string[] {
  if (identities === null) return identity === null ? [] : [identity];
  const first = identities.filter(({ id }) => id === launch?.identity_id);
  return [...first, ...identities.filter((other) => !first.includes(other))].map(({ value }) => value);
}
