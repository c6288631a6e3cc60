/** The small pages that stand where a course's page can't: an ended session, a stopped one, a missing file. */
import type { Language } from "../../core/languages.ts";

export type ContentPage = "session_over" | "stopped" | "file_missing";

export interface PageWords {
  readonly title: string;
  readonly text: string;
}

const WORDS: Readonly<Record<ContentPage, Readonly<Record<Language, PageWords>>>> = {
  session_over: {
    en: {
      title: "This page of the course has closed",
      text: "Close this window and open the course again from your learning platform. What was saved of your progress is safe.",
    },
    de: {
      title: "Diese Kursseite ist geschlossen",
      text: "Schließen Sie dieses Fenster und öffnen Sie den Kurs noch einmal in Ihrer Lernplattform. Was von Ihrem Lernstand gespeichert wurde, ist sicher.",
    },
    es: {
      title: "Esta página del curso se ha cerrado",
      text: "Cierre esta ventana y vuelva a abrir el curso desde su plataforma de aprendizaje. Lo que se había guardado de su progreso está a salvo.",
    },
    fr: {
      title: "Cette page du cours est fermée",
      text: "Fermez cette fenêtre et ouvrez de nouveau le cours depuis votre plateforme de formation. Ce qui a été enregistré de votre progression est en sécurité.",
    },
    pt: {
      title: "Esta página do curso foi fechada",
      text: "Feche esta janela e abra o curso novamente na sua plataforma de aprendizagem. O que foi salvo do seu progresso está seguro.",
    },
    ja: {
      title: "コースのこのページは閉じられました",
      text: "このウィンドウを閉じて、学習プラットフォームからもう一度コースを開いてください。これまでに保存された進捗は失われていません。",
    },
  },
  stopped: {
    en: {
      title: "Your access to this course was stopped",
      text: "Your progress is kept. If you need the course, ask your learning platform's administrator.",
    },
    de: {
      title: "Ihr Zugang zu diesem Kurs wurde beendet",
      text: "Ihr Lernstand bleibt erhalten. Wenn Sie den Kurs brauchen, wenden Sie sich an die Administration Ihrer Lernplattform.",
    },
    es: {
      title: "Su acceso a este curso se ha detenido",
      text: "Su progreso se conserva. Si necesita el curso, pregunte a la administración de su plataforma de aprendizaje.",
    },
    fr: {
      title: "Votre accès à ce cours a été arrêté",
      text: "Votre progression est conservée. Si vous avez besoin du cours, adressez-vous à l’administrateur de votre plateforme de formation.",
    },
    pt: {
      title: "O seu acesso a este curso foi interrompido",
      text: "O seu progresso está guardado. Se precisar do curso, procure a administração da sua plataforma de aprendizagem.",
    },
    ja: {
      title: "このコースへのアクセスは停止されました",
      text: "これまでの進捗は保存されています。コースが必要な場合は、学習プラットフォームの管理者にお問い合わせください。",
    },
  },
  file_missing: {
    en: {
      title: "This page is missing from the course",
      text: "The rest of the course still works. Tell your learning platform's administrator which step led here.",
    },
    de: {
      title: "Diese Seite fehlt im Kurs",
      text: "Der übrige Kurs funktioniert weiterhin. Sagen Sie der Administration Ihrer Lernplattform, welcher Schritt hierher geführt hat.",
    },
    es: {
      title: "Esta página falta en el curso",
      text: "El resto del curso sigue funcionando. Diga a la administración de su plataforma de aprendizaje qué paso le ha traído aquí.",
    },
    fr: {
      title: "Cette page manque dans le cours",
      text: "Le reste du cours fonctionne toujours. Dites à l’administrateur de votre plateforme de formation quelle étape mène ici.",
    },
    pt: {
      title: "Esta página está faltando no curso",
      text: "O restante do curso continua funcionando. Diga à administração da sua plataforma de aprendizagem qual passo trouxe você até aqui.",
    },
    ja: {
      title: "このページはコースに含まれていません",
      text: "コースのほかの部分は引き続きご利用いただけます。どの操作でここに来たかを、学習プラットフォームの管理者にお知らせください。",
    },
  },
};

export function contentPageWords(page: ContentPage, language: Language): PageWords {
  return WORDS[page][language];
}

/** Holds nothing that came with the request, so there is nothing to escape. */
export function renderContentPage(page: ContentPage, language: Language): string {
  const { title, text } = contentPageWords(page, language);
  return `<!doctype html>
<html lang="${language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>body { font: 1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 15vh auto; padding: 0 1rem; color-scheme: light dark }</style>
<main>
<h1>${title}</h1>
<p>${text}</p>
</main>
</html>
`;
}
