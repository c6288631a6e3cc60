import type { DenialWordsTable } from "../denialWords.ts";

export const es: DenialWordsTable = {
  launch_invalid: {
    title: "No se ha podido abrir el curso desde aquí",
    reason:
      "Lo que su plataforma de aprendizaje envió para abrir el curso estaba incompleto o no se pudo comprobar.",
    next_step:
      "Cierre esta página y vuelva a abrir el curso desde su plataforma. Si esta página aparece de nuevo, envíe la referencia a la administración de la plataforma.",
  },
  too_many_launches: {
    title: "Un momento, por favor",
    reason: "En un minuto han llegado más accesos de los que se pueden admitir a la vez.",
    next_step: "No tiene que hacer nada: esta página lo intentará de nuevo por sí sola dentro de un minuto.",
  },
  origin_refused: {
    title: "El curso no se puede abrir desde esta dirección",
    reason: "El curso está preparado para otras direcciones web que aquella desde la que se ha abierto.",
    next_step:
      "Abra el curso desde la plataforma de aprendizaje habitual de su organización. Si ya está en ella, envíe la referencia a la administración de la plataforma.",
  },
  delivery_revoked: {
    title: "Este acceso al curso está cerrado",
    reason: "El acceso que su plataforma de aprendizaje utiliza para este curso ya no está en uso.",
    next_step:
      "Mire si su plataforma ofrece el curso en otro lugar. Si no es así, pregunte a la administración de la plataforma e indique la referencia.",
  },
  identity_missing: {
    title: "No sabemos quién es usted",
    reason:
      "Su plataforma de aprendizaje no ha indicado quién ha abierto el curso, así que su progreso no se podría guardar.",
    next_step:
      "Inicie sesión en su plataforma y abra de nuevo el curso desde allí. Si ya ha iniciado sesión, envíe la referencia a la administración de la plataforma.",
  },
  learner_deactivated: {
    title: "Su acceso está desactivado",
    reason: "Su organización ha desactivado su acceso a los cursos de aquí. Su progreso se conserva.",
    next_step:
      "Si necesita el curso, pregunte a la administración de su plataforma de aprendizaje e indique la referencia.",
  },
  license_not_started: {
    title: "El curso aún no está abierto",
    reason: "El acceso de su organización a este curso comienza más adelante.",
    next_step:
      "Inténtelo más tarde. La administración de su plataforma de aprendizaje puede decirle la fecha si indica la referencia.",
  },
  course_retired: {
    title: "El curso ya no se ofrece",
    reason: "Este curso se ha retirado y ya no se puede empezar.",
    next_step:
      "Pregunte a la administración de su plataforma de aprendizaje si otro curso lo sustituye e indique la referencia.",
  },
  not_in_license: {
    title: "El curso no forma parte de la selección de su organización",
    reason: "Este curso no pertenece, o ya no pertenece, a lo que su organización ofrece aquí.",
    next_step:
      "Si necesita este curso, consulte a la administración de su plataforma de aprendizaje e indique la referencia.",
  },
  subscription_ended: {
    title: "Su tiempo para estos cursos ha terminado",
    reason: "Los cursos se le asignaron por un tiempo determinado, y ese tiempo ya ha pasado.",
    next_step:
      "Si necesita más tiempo, pida a la administración de su plataforma de aprendizaje que se los asigne de nuevo e indique la referencia.",
  },
  not_assigned: {
    title: "El curso aún no se le ha asignado",
    reason: "Este curso se abre para las personas a quienes su organización se lo ha asignado.",
    next_step:
      "Si debe hacerlo, pida a la administración de su plataforma de aprendizaje que se lo asigne e indique la referencia.",
  },
  license_ended: {
    title: "El curso ya no está disponible para su organización",
    reason: "El acceso de su organización a este curso ha terminado.",
    next_step:
      "Si sigue necesitando el curso, pregunte a la administración de su plataforma de aprendizaje e indique la referencia.",
  },
  seat_expired: {
    title: "Su acceso al curso ha terminado",
    reason: "Tuvo acceso a este curso por un tiempo determinado, y ese tiempo ya ha pasado.",
    next_step:
      "Si desea hacerlo otra vez, pregunte a la administración de su plataforma de aprendizaje e indique la referencia.",
  },
  license_paused: {
    title: "El curso está en pausa para nuevos participantes",
    reason: "Por el momento, su organización no permite que nadie más empiece este curso.",
    next_step:
      "Inténtelo más tarde o pregunte a la administración de su plataforma de aprendizaje e indique la referencia.",
  },
  no_seats_left: {
    title: "Todas las plazas están ocupadas",
    reason: "Todas las plazas que su organización tiene para este curso están en uso.",
    next_step:
      "Pida una plaza a la administración de su plataforma de aprendizaje e indique la referencia. En cuanto haya una, el curso se abrirá como siempre.",
  },
  gateway_unavailable: {
    title: "El curso no se puede abrir en este momento",
    reason: "El problema es nuestro. Lo que se había guardado de su progreso está a salvo.",
    next_step:
      "No tiene que hacer nada: esta página lo intentará de nuevo por sí sola dentro de unos segundos.",
  },
};
