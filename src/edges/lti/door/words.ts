/** What people read at the door of LTI. Why a learner is turned away is said in the words of `core/denialWords.ts`. */
import type { Language } from "../../../core/languages.ts";

export interface DoorWords {
  readonly opening: string;
  readonly go_on: string;
  readonly window_title: string;
  readonly window_text: string;
  readonly window_button: string;
  readonly opened_title: string;
  readonly opened_text: string;
  readonly window_again: string;
  readonly cookies_title: string;
  /** With `{host}`. */
  readonly cookies_text: string;
  readonly silent_title: string;
  readonly silent_text: string;
  readonly link_title: string;
  readonly link_text: string;
  /** With `{seconds}`. */
  readonly retrying: string;
  readonly retry: string;
  readonly back: string;
  readonly reference: string;
  readonly for_administrators: string;
}

const WORDS: Readonly<Record<Language, DoorWords>> = {
  en: {
    opening: "Opening your course…",
    go_on: "Go on to the course",
    window_title: "Open the course in a window of its own",
    window_text:
      "Your browser does not let this page, shown inside your learning platform, know you again. In a window of its own it works.",
    window_button: "Open in a new window",
    opened_title: "The course opens in a new window",
    opened_text:
      "Please leave this page open until the course is there. If no window opened, press the button again.",
    window_again: "Open the window again",
    cookies_title: "Your browser blocks what the course needs",
    cookies_text:
      "Allow cookies for {host} in your browser's settings, then open the course again from your learning platform. Another browser may work as well.",
    silent_title: "Your learning platform can't be reached right now",
    silent_text:
      "We could not check that it was your learning platform that sent you. Nothing is lost: this page tries again by itself.",
    link_title: "Open this course from your learning platform",
    link_text:
      "This is the address of a course for a learning platform. It can't be opened by itself: go to your learning platform and start the course there.",
    retrying: "Trying again in {seconds} s…",
    retry: "Try again",
    back: "Back to your learning platform",
    reference: "Reference",
    for_administrators: "For the platform's administrator",
  },
  de: {
    opening: "Ihr Kurs wird geöffnet…",
    go_on: "Weiter zum Kurs",
    window_title: "Öffnen Sie den Kurs in einem eigenen Fenster",
    window_text:
      "Ihr Browser lässt nicht zu, dass diese Seite Sie innerhalb Ihrer Lernplattform wiedererkennt. In einem eigenen Fenster geht es.",
    window_button: "In neuem Fenster öffnen",
    opened_title: "Der Kurs öffnet sich in einem neuen Fenster",
    opened_text:
      "Bitte lassen Sie diese Seite offen, bis der Kurs da ist. Hat sich kein Fenster geöffnet, drücken Sie den Knopf noch einmal.",
    window_again: "Fenster noch einmal öffnen",
    cookies_title: "Ihr Browser blockiert, was der Kurs braucht",
    cookies_text:
      "Erlauben Sie in den Einstellungen Ihres Browsers Cookies für {host} und öffnen Sie den Kurs dann noch einmal in Ihrer Lernplattform. Vielleicht geht es auch mit einem anderen Browser.",
    silent_title: "Ihre Lernplattform ist gerade nicht erreichbar",
    silent_text:
      "Wir konnten nicht prüfen, ob Ihre Lernplattform Sie geschickt hat. Es ist nichts verloren: Diese Seite versucht es von selbst noch einmal.",
    link_title: "Öffnen Sie diesen Kurs in Ihrer Lernplattform",
    link_text:
      "Dies ist die Adresse eines Kurses für eine Lernplattform. Für sich allein lässt sie sich nicht öffnen: Gehen Sie zu Ihrer Lernplattform und starten Sie den Kurs dort.",
    retrying: "Neuer Versuch in {seconds} s…",
    retry: "Noch einmal versuchen",
    back: "Zurück zur Lernplattform",
    reference: "Referenz",
    for_administrators: "Für die Administration der Lernplattform",
  },
  es: {
    opening: "Abriendo su curso…",
    go_on: "Continuar al curso",
    window_title: "Abra el curso en una ventana propia",
    window_text:
      "Su navegador no permite que esta página, mostrada dentro de su plataforma de aprendizaje, le reconozca. En una ventana propia funciona.",
    window_button: "Abrir en una ventana nueva",
    opened_title: "El curso se abre en una ventana nueva",
    opened_text:
      "Deje esta página abierta hasta que aparezca el curso. Si no se ha abierto ninguna ventana, pulse otra vez el botón.",
    window_again: "Abrir otra vez la ventana",
    cookies_title: "Su navegador bloquea lo que el curso necesita",
    cookies_text:
      "Permita las cookies de {host} en los ajustes de su navegador y vuelva a abrir el curso desde su plataforma de aprendizaje. Quizá funcione también con otro navegador.",
    silent_title: "No se puede acceder a su plataforma de aprendizaje en este momento",
    silent_text:
      "No hemos podido comprobar que le haya enviado su plataforma de aprendizaje. No se ha perdido nada: esta página lo intenta de nuevo por sí sola.",
    link_title: "Abra este curso desde su plataforma de aprendizaje",
    link_text:
      "Esta es la dirección de un curso para una plataforma de aprendizaje. No se puede abrir por sí sola: vaya a su plataforma de aprendizaje e inicie allí el curso.",
    retrying: "Nuevo intento en {seconds} s…",
    retry: "Intentar de nuevo",
    back: "Volver a su plataforma de aprendizaje",
    reference: "Referencia",
    for_administrators: "Para la administración de la plataforma",
  },
  fr: {
    opening: "Ouverture de votre cours…",
    go_on: "Continuer vers le cours",
    window_title: "Ouvrez le cours dans une fenêtre à part",
    window_text:
      "Votre navigateur ne permet pas à cette page, affichée dans votre plateforme de formation, de vous reconnaître. Dans une fenêtre à part, cela fonctionne.",
    window_button: "Ouvrir dans une nouvelle fenêtre",
    opened_title: "Le cours s’ouvre dans une nouvelle fenêtre",
    opened_text:
      "Laissez cette page ouverte jusqu’à ce que le cours s’affiche. Si aucune fenêtre ne s’est ouverte, appuyez de nouveau sur le bouton.",
    window_again: "Ouvrir de nouveau la fenêtre",
    cookies_title: "Votre navigateur bloque ce dont le cours a besoin",
    cookies_text:
      "Autorisez les cookies de {host} dans les réglages de votre navigateur, puis ouvrez de nouveau le cours depuis votre plateforme de formation. Un autre navigateur peut aussi convenir.",
    silent_title: "Votre plateforme de formation est injoignable pour le moment",
    silent_text:
      "Nous n’avons pas pu vérifier que c’est votre plateforme de formation qui vous envoie. Rien n’est perdu : cette page réessaie d’elle-même.",
    link_title: "Ouvrez ce cours depuis votre plateforme de formation",
    link_text:
      "Ceci est l’adresse d’un cours pour une plateforme de formation. Elle ne s’ouvre pas seule : allez sur votre plateforme de formation et démarrez-y le cours.",
    retrying: "Nouvel essai dans {seconds} s…",
    retry: "Réessayer",
    back: "Retour à votre plateforme de formation",
    reference: "Référence",
    for_administrators: "Pour l’administrateur de la plateforme",
  },
  pt: {
    opening: "A abrir o seu curso…",
    go_on: "Continuar para o curso",
    window_title: "Abra o curso numa janela própria",
    window_text:
      "O seu navegador não deixa que esta página, mostrada dentro da sua plataforma de aprendizagem, o reconheça. Numa janela própria funciona.",
    window_button: "Abrir numa nova janela",
    opened_title: "O curso abre-se numa nova janela",
    opened_text:
      "Deixe esta página aberta até o curso aparecer. Se não se abriu nenhuma janela, prima de novo o botão.",
    window_again: "Abrir de novo a janela",
    cookies_title: "O seu navegador bloqueia o que o curso precisa",
    cookies_text:
      "Permita cookies de {host} nas definições do seu navegador e abra o curso novamente na sua plataforma de aprendizagem. Outro navegador também pode funcionar.",
    silent_title: "A sua plataforma de aprendizagem não está acessível neste momento",
    silent_text:
      "Não foi possível confirmar que foi a sua plataforma de aprendizagem que o enviou. Nada se perdeu: esta página tenta de novo sozinha.",
    link_title: "Abra este curso a partir da sua plataforma de aprendizagem",
    link_text:
      "Este é o endereço de um curso para uma plataforma de aprendizagem. Não se abre sozinho: vá à sua plataforma de aprendizagem e inicie lá o curso.",
    retrying: "Nova tentativa em {seconds} s…",
    retry: "Tentar de novo",
    back: "Voltar à sua plataforma de aprendizagem",
    reference: "Referência",
    for_administrators: "Para a administração da plataforma",
  },
  ja: {
    opening: "コースを開いています…",
    go_on: "コースへ進む",
    window_title: "コースを別のウィンドウで開いてください",
    window_text:
      "お使いのブラウザーでは、学習プラットフォームの中に表示されたこのページがあなたを識別できません。別のウィンドウなら開けます。",
    window_button: "新しいウィンドウで開く",
    opened_title: "コースは新しいウィンドウで開きます",
    opened_text:
      "コースが表示されるまで、このページを開いたままにしてください。ウィンドウが開かなかった場合は、もう一度ボタンを押してください。",
    window_again: "もう一度ウィンドウを開く",
    cookies_title: "コースに必要な機能がブラウザーでブロックされています",
    cookies_text:
      "ブラウザーの設定で {host} の Cookie を許可してから、学習プラットフォームでもう一度コースを開いてください。別のブラウザーで開ける場合もあります。",
    silent_title: "現在、学習プラットフォームに接続できません",
    silent_text:
      "学習プラットフォームから移動してきたことを確認できませんでした。何も失われていません。このページは自動的に再試行します。",
    link_title: "このコースは学習プラットフォームから開いてください",
    link_text:
      "これは学習プラットフォーム用のコースのアドレスです。単独では開けません。学習プラットフォームへ移動して、そこでコースを開始してください。",
    retrying: "{seconds} 秒後に再試行します…",
    retry: "再試行",
    back: "学習プラットフォームに戻る",
    reference: "照会番号",
    for_administrators: "プラットフォームの管理者の方へ",
  },
};

export function doorWordsOf(language: Language): DoorWords {
  return WORDS[language];
}
