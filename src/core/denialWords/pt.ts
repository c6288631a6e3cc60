import type { DenialWordsTable } from "../denialWords.ts";

export const pt: DenialWordsTable = {
  launch_invalid: {
    title: "Não foi possível abrir o curso a partir daqui",
    reason:
      "O que a sua plataforma de aprendizagem enviou para abrir o curso estava incompleto ou não pôde ser verificado.",
    next_step:
      "Feche esta página e abra o curso novamente na sua plataforma. Se esta página voltar a aparecer, envie a referência à administração da plataforma.",
  },
  too_many_launches: {
    title: "Um momento, por favor",
    reason: "Em um minuto chegaram mais acessos do que é possível atender de uma vez.",
    next_step: "Não é preciso fazer nada: esta página tenta novamente sozinha em um minuto.",
  },
  origin_refused: {
    title: "O curso não pode ser aberto a partir deste endereço",
    reason: "O curso está preparado para endereços da web diferentes daquele em que foi aberto.",
    next_step:
      "Abra o curso na plataforma de aprendizagem habitual da sua organização. Se já estiver nela, envie a referência à administração da plataforma.",
  },
  delivery_revoked: {
    title: "Este acesso ao curso está fechado",
    reason: "O acesso que a sua plataforma de aprendizagem usa para este curso não está mais em uso.",
    next_step:
      "Veja se a sua plataforma oferece o curso em outro lugar. Se não oferecer, procure a administração da plataforma e informe a referência.",
  },
  identity_missing: {
    title: "Não sabemos quem é você",
    reason:
      "A sua plataforma de aprendizagem não informou quem abriu o curso, por isso não seria possível guardar o seu progresso.",
    next_step:
      "Entre na sua plataforma e abra o curso novamente por lá. Se já tiver entrado, envie a referência à administração da plataforma.",
  },
  learner_deactivated: {
    title: "O seu acesso está desativado",
    reason: "A sua organização desativou o seu acesso aos cursos daqui. O seu progresso está guardado.",
    next_step:
      "Se precisar do curso, procure a administração da sua plataforma de aprendizagem e informe a referência.",
  },
  license_not_started: {
    title: "O curso ainda não está aberto",
    reason: "O acesso da sua organização a este curso começa em uma data posterior.",
    next_step:
      "Tente novamente mais tarde. A administração da sua plataforma de aprendizagem pode dizer a data se você informar a referência.",
  },
  course_retired: {
    title: "O curso não é mais oferecido",
    reason: "Este curso foi retirado e não pode mais ser iniciado.",
    next_step:
      "Pergunte à administração da sua plataforma de aprendizagem se outro curso o substitui e informe a referência.",
  },
  not_in_license: {
    title: "O curso não faz parte da seleção da sua organização",
    reason: "Este curso não pertence, ou não pertence mais, ao que a sua organização oferece aqui.",
    next_step:
      "Se este curso for necessário, fale com a administração da sua plataforma de aprendizagem e informe a referência.",
  },
  subscription_ended: {
    title: "O seu tempo para estes cursos acabou",
    reason: "Os cursos foram atribuídos a você por um tempo determinado, e esse tempo já passou.",
    next_step:
      "Se precisar de mais tempo, peça à administração da sua plataforma de aprendizagem que os atribua novamente e informe a referência.",
  },
  not_assigned: {
    title: "O curso ainda não foi atribuído a você",
    reason: "Este curso se abre para as pessoas a quem a sua organização o atribuiu.",
    next_step:
      "Se você deve fazê-lo, peça à administração da sua plataforma de aprendizagem que o atribua a você e informe a referência.",
  },
  license_ended: {
    title: "O curso não está mais disponível para a sua organização",
    reason: "O acesso da sua organização a este curso terminou.",
    next_step:
      "Se ainda precisar do curso, procure a administração da sua plataforma de aprendizagem e informe a referência.",
  },
  seat_expired: {
    title: "O seu acesso ao curso terminou",
    reason: "Você teve acesso a este curso por um tempo determinado, e esse tempo já passou.",
    next_step:
      "Se quiser fazê-lo de novo, procure a administração da sua plataforma de aprendizagem e informe a referência.",
  },
  license_paused: {
    title: "O curso está em pausa para novos participantes",
    reason: "No momento, a sua organização não permite que mais ninguém inicie este curso.",
    next_step:
      "Tente novamente mais tarde ou procure a administração da sua plataforma de aprendizagem e informe a referência.",
  },
  no_seats_left: {
    title: "Todas as vagas estão ocupadas",
    reason: "Cada vaga que a sua organização tem para este curso está em uso.",
    next_step:
      "Peça uma vaga à administração da sua plataforma de aprendizagem e informe a referência. Assim que houver uma, o curso se abrirá como de costume.",
  },
  gateway_unavailable: {
    title: "O curso não pode ser aberto agora",
    reason: "O problema é do nosso lado. O que foi salvo do seu progresso está seguro.",
    next_step: "Não é preciso fazer nada: esta página tenta novamente sozinha em alguns segundos.",
  },
};
