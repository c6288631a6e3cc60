import type { DenialWordsTable } from "../denialWords.ts";

export const fr: DenialWordsTable = {
  launch_invalid: {
    title: "Le cours n’a pas pu être ouvert d’ici",
    reason:
      "Ce que votre plateforme de formation a envoyé pour ouvrir le cours était incomplet ou n’a pas pu être vérifié.",
    next_step:
      "Fermez cette page et ouvrez de nouveau le cours depuis votre plateforme. Si cette page réapparaît, envoyez la référence à l’administrateur de la plateforme.",
  },
  too_many_launches: {
    title: "Un instant, s’il vous plaît",
    reason: "En une minute, il est arrivé plus d’ouvertures qu’il n’est possible d’en accepter à la fois.",
    next_step: "Vous n’avez rien à faire : cette page réessaie d’elle-même dans une minute.",
  },
  origin_refused: {
    title: "Le cours ne peut pas être ouvert depuis cette adresse",
    reason: "Le cours est prévu pour d’autres adresses web que celle d’où il a été ouvert.",
    next_step:
      "Ouvrez le cours depuis la plateforme de formation habituelle de votre organisation. Si vous y êtes déjà, envoyez la référence à l’administrateur de la plateforme.",
  },
  delivery_revoked: {
    title: "Cet accès au cours est fermé",
    reason: "L’accès que votre plateforme de formation utilise pour ce cours n’est plus en service.",
    next_step:
      "Regardez si votre plateforme propose le cours à un autre endroit. Sinon, adressez-vous à l’administrateur de la plateforme en indiquant la référence.",
  },
  identity_missing: {
    title: "Nous ne savons pas qui vous êtes",
    reason:
      "Votre plateforme de formation n’a pas indiqué qui a ouvert le cours ; votre progression ne pourrait donc pas être conservée.",
    next_step:
      "Connectez-vous à votre plateforme et ouvrez de nouveau le cours à partir de là. Si c’est déjà fait, envoyez la référence à l’administrateur de la plateforme.",
  },
  learner_deactivated: {
    title: "Votre accès est désactivé",
    reason: "Votre organisation a désactivé votre accès à ses cours ici. Votre progression est conservée.",
    next_step:
      "Si vous avez besoin du cours, adressez-vous à l’administrateur de votre plateforme de formation en indiquant la référence.",
  },
  license_not_started: {
    title: "Le cours n’est pas encore ouvert",
    reason: "L’accès de votre organisation à ce cours commence à une date ultérieure.",
    next_step:
      "Réessayez plus tard. L’administrateur de votre plateforme de formation peut vous donner la date si vous lui indiquez la référence.",
  },
  course_retired: {
    title: "Le cours n’est plus proposé",
    reason: "Ce cours a été retiré et ne peut plus être commencé.",
    next_step:
      "Demandez à l’administrateur de votre plateforme de formation si un autre cours le remplace, en indiquant la référence.",
  },
  not_in_license: {
    title: "Le cours ne fait pas partie de la sélection de votre organisation",
    reason: "Ce cours n’appartient pas, ou plus, à ce que votre organisation propose ici.",
    next_step:
      "Si ce cours vous est nécessaire, adressez-vous à l’administrateur de votre plateforme de formation en indiquant la référence.",
  },
  subscription_ended: {
    title: "Votre temps pour ces cours est écoulé",
    reason: "Les cours vous avaient été attribués pour une durée déterminée, et cette durée est passée.",
    next_step:
      "S’il vous faut plus de temps, demandez à l’administrateur de votre plateforme de formation de vous les attribuer de nouveau, en indiquant la référence.",
  },
  not_assigned: {
    title: "Le cours ne vous est pas encore attribué",
    reason: "Ce cours s’ouvre pour les personnes à qui votre organisation l’a attribué.",
    next_step:
      "Si vous devez le suivre, demandez à l’administrateur de votre plateforme de formation de vous l’attribuer, en indiquant la référence.",
  },
  license_ended: {
    title: "Votre organisation ne dispose plus de ce cours",
    reason: "L’accès de votre organisation à ce cours a pris fin.",
    next_step:
      "Si vous avez encore besoin du cours, adressez-vous à l’administrateur de votre plateforme de formation en indiquant la référence.",
  },
  seat_expired: {
    title: "Votre accès au cours a pris fin",
    reason: "Vous aviez accès à ce cours pour une durée déterminée, et cette durée est passée.",
    next_step:
      "Si vous souhaitez le suivre à nouveau, adressez-vous à l’administrateur de votre plateforme de formation en indiquant la référence.",
  },
  license_paused: {
    title: "Le cours est en pause pour les nouveaux participants",
    reason: "Pour le moment, votre organisation ne laisse personne d’autre commencer ce cours.",
    next_step:
      "Réessayez plus tard, ou adressez-vous à l’administrateur de votre plateforme de formation en indiquant la référence.",
  },
  no_seats_left: {
    title: "Toutes les places sont prises",
    reason: "Chaque place dont votre organisation dispose pour ce cours est occupée.",
    next_step:
      "Demandez une place à l’administrateur de votre plateforme de formation en indiquant la référence. Dès qu’il y en aura une, le cours s’ouvrira comme d’habitude.",
  },
  gateway_unavailable: {
    title: "Le cours ne peut pas être ouvert pour l’instant",
    reason: "Le problème vient de chez nous. Ce qui a été enregistré de votre progression est en sécurité.",
    next_step: "Vous n’avez rien à faire : cette page réessaie d’elle-même dans quelques secondes.",
  },
};
