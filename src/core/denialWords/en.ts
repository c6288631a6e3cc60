import type { DenialWordsTable } from "../denialWords.ts";

export const en: DenialWordsTable = {
  launch_invalid: {
    title: "The course could not be opened from here",
    reason: "What your learning platform sent to open the course was incomplete or could not be verified.",
    next_step:
      "Close this page and open the course again from your learning platform. If this page comes back, send the reference to the platform's administrator.",
  },
  too_many_launches: {
    title: "One moment, please",
    reason: "More launches arrived within a minute than can be let in at once.",
    next_step: "You don't need to do anything: this page tries again by itself in a minute.",
  },
  origin_refused: {
    title: "The course can't be opened from this address",
    reason: "The course is set up for other web addresses than the one it was opened from.",
    next_step:
      "Open the course from your organization's usual learning platform. If that is where you are, send the reference to the platform's administrator.",
  },
  delivery_revoked: {
    title: "This way into the course is closed",
    reason: "The link that your learning platform uses for this course is no longer in use.",
    next_step:
      "Look whether your learning platform offers the course in another place. If it doesn't, ask the platform's administrator and give the reference.",
  },
  identity_missing: {
    title: "We don't know who you are",
    reason:
      "Your learning platform did not say who opened the course, so your progress could not be kept for you.",
    next_step:
      "Sign in to your learning platform and open the course from there again. If you are signed in already, send the reference to the platform's administrator.",
  },
  learner_deactivated: {
    title: "Your access is switched off",
    reason: "Your organization has switched off your access to its courses here. Your progress is kept.",
    next_step: "If you need the course, ask your learning platform's administrator and give the reference.",
  },
  license_not_started: {
    title: "The course is not open yet",
    reason: "Your organization's access to this course begins at a later date.",
    next_step:
      "Try again later. Your learning platform's administrator can tell you the date if you give the reference.",
  },
  course_retired: {
    title: "The course is no longer offered",
    reason: "This course was withdrawn and can't be started any more.",
    next_step:
      "Ask your learning platform's administrator whether another course takes its place, and give the reference.",
  },
  not_in_license: {
    title: "The course is not part of your organization's selection",
    reason: "This course does not belong, or no longer belongs, to what your organization offers here.",
    next_step: "If you need the course, ask your learning platform's administrator and give the reference.",
  },
  subscription_ended: {
    title: "Your time for these courses is over",
    reason: "The courses were assigned to you for a certain time, and that time has passed.",
    next_step:
      "If you need more time, ask your learning platform's administrator to assign them again, and give the reference.",
  },
  not_assigned: {
    title: "The course is not assigned to you yet",
    reason: "This course opens for people whom your organization has assigned it to.",
    next_step:
      "If you should take it, ask your learning platform's administrator to assign it to you, and give the reference.",
  },
  license_ended: {
    title: "The course is no longer available to your organization",
    reason: "Your organization's access to this course has ended.",
    next_step: "If you need the course, ask your learning platform's administrator and give the reference.",
  },
  seat_expired: {
    title: "Your access to the course has ended",
    reason: "You had access to this course for a certain time, and that time has passed.",
    next_step:
      "If you want to take it again, ask your learning platform's administrator and give the reference.",
  },
  license_paused: {
    title: "The course is paused for new learners",
    reason: "For the time being your organization lets nobody new start this course.",
    next_step: "Try again later, or ask your learning platform's administrator and give the reference.",
  },
  no_seats_left: {
    title: "All places are taken",
    reason: "Every place that your organization has for this course is in use.",
    next_step:
      "Ask your learning platform's administrator for a place and give the reference. As soon as there is one, the course opens as usual.",
  },
  gateway_unavailable: {
    title: "The course can't be opened right now",
    reason: "The trouble is on our side. What was saved of your progress is safe.",
    next_step: "You don't need to do anything: this page tries again by itself in a few seconds.",
  },
};
