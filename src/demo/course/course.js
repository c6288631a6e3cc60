// Five pages, five questions, a result. What the learner did lies in the suspend data after every step, so
// that closing the window at any moment loses nothing.
(() => {
  const PASSING_POINTS = 80;
  const PAGES = ["start", "knives", "heat", "fire", "help", "quiz", "result"];
  const QUESTIONS = [
    {
      id: "oil-fire",
      text: "The oil in a pan has caught fire. What do you do first?",
      options: ["Pour water on it", "Switch off the heat and cover the pan", "Carry the pan outside"],
      right: 1,
      why: "Without air the fire goes out. Water would throw the burning oil around.",
    },
    {
      id: "falling-knife",
      text: "A knife slides off the counter. You …",
      options: ["catch it by the handle", "stop it with your foot", "step back and let it fall"],
      right: 2,
      why: "A falling knife has no handle. A dent in the floor heals more easily.",
    },
    {
      id: "burn",
      text: "A colleague has burnt a hand on a tray. What helps?",
      options: ["Cool, running water for twenty minutes", "Ice from the freezer", "Butter or flour"],
      right: 0,
      why: "Running water takes the heat out of the skin. Ice harms it, fat keeps the heat in.",
    },
    {
      id: "lid",
      text: "How do you take the lid off a boiling pot?",
      options: ["Quickly and straight up", "Tilted away from you", "Tilted towards you, to look inside"],
      right: 1,
      why: "The steam leaves on the open side, so let that be the far one.",
    },
    {
      id: "spill",
      text: "Somebody spilt oil on the floor and is gone. You …",
      options: ["walk around it", "wipe it up at once", "tell everybody after the shift"],
      right: 1,
      why: "The next person carries a hot pan and does not see it.",
    },
  ];

  const element = (id) => document.getElementById(id);
  const state = { page: "start", seen: ["start"], answers: {}, best: null };

  // ---- what is kept

  function load() {
    try {
      const stored = JSON.parse(Scorm.get("cmi.suspend_data") || "{}");
      if (Array.isArray(stored.seen)) state.seen = stored.seen.filter((page) => PAGES.includes(page));
      if (typeof stored.answers === "object" && stored.answers) state.answers = stored.answers;
      if (typeof stored.best === "number") state.best = stored.best;
    } catch {
      // Somebody else's suspend data: begin at the beginning.
    }
    const place = Scorm.get("cmi.core.lesson_location");
    if (PAGES.includes(place)) state.page = place;
    if (state.page === "result" && state.best === null) state.page = "quiz";
  }

  function save() {
    Scorm.set("cmi.core.lesson_location", state.page);
    Scorm.set(
      "cmi.suspend_data",
      JSON.stringify({ seen: state.seen, answers: state.answers, best: state.best }),
    );
    Scorm.set("cmi.core.exit", "suspend");
    if (Scorm.commit()) element("saved").textContent = "Progress saved";
  }

  // ---- pages

  function show(page, focus) {
    state.page = page;
    if (!state.seen.includes(page)) state.seen.push(page);
    for (const id of PAGES) element(id).hidden = id !== page;
    const index = PAGES.indexOf(page);
    element("place").textContent = `Page ${index + 1} of ${PAGES.length}`;
    element("progress").value = Math.round((state.seen.length / PAGES.length) * 100);
    element("back").disabled = index === 0;
    element("next").textContent = nextLabel(page);
    if (page === "result") showResult();
    if (focus) {
      window.scrollTo(0, 0);
      element(page).querySelector("h1").focus();
    }
    save();
  }

  function nextLabel(page) {
    if (page === "quiz") return "Check";
    if (page === "result") return passed() ? "Finish" : "Try again";
    return "Next";
  }

  function next() {
    if (state.page === "quiz") return check();
    if (state.page === "result") return passed() ? finish() : retry();
    return show(PAGES[PAGES.indexOf(state.page) + 1], true);
  }

  function back() {
    show(PAGES[Math.max(0, PAGES.indexOf(state.page) - 1)], true);
  }

  // ---- questions

  function buildQuestions() {
    const form = element("questions");
    for (const [index, question] of QUESTIONS.entries()) {
      const group = document.createElement("fieldset");
      const legend = document.createElement("legend");
      legend.textContent = `${index + 1}. ${question.text}`;
      group.append(legend, ...question.options.map((text, option) => choice(question, text, option)));
      form.append(group);
    }
    form.addEventListener("change", ({ target }) => {
      state.answers[target.name] = Number(target.value);
      element("missing").textContent = "";
      save();
    });
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  function choice(question, text, option) {
    const label = document.createElement("label");
    const input = document.createElement("input");
    input.type = "radio";
    input.name = question.id;
    input.value = String(option);
    input.id = `${question.id}-${option}`;
    input.checked = state.answers[question.id] === option;
    label.append(input, document.createTextNode(text));
    return label;
  }

  function check() {
    const open = QUESTIONS.filter(({ id }) => state.answers[id] === undefined);
    if (open.length > 0) {
      const what = open.length === 1 ? "One question has" : `${open.length} questions have`;
      element("missing").textContent = `${what} no answer yet.`;
      element(`${open[0].id}-0`).focus();
      return;
    }
    report();
    show("result", true);
  }

  /** A second try can only better the result: what was passed stays passed. */
  function report() {
    const right = QUESTIONS.filter((question) => isRight(question)).length;
    const points = Math.round((right / QUESTIONS.length) * 100);
    state.best = Math.max(points, state.best ?? 0);
    const first = Number(Scorm.get("cmi.interactions._count")) || 0;
    for (const [index, question] of QUESTIONS.entries()) recordAnswer(first + index, question);
    Scorm.set("cmi.core.score.min", 0);
    Scorm.set("cmi.core.score.max", 100);
    Scorm.set("cmi.core.score.raw", state.best);
    Scorm.set("cmi.core.lesson_status", passed() ? "passed" : "failed");
  }

  function recordAnswer(index, question) {
    const at = `cmi.interactions.${index}`;
    const letter = (option) => "abcdefgh".charAt(option);
    Scorm.set(`${at}.id`, question.id);
    Scorm.set(`${at}.type`, "choice");
    Scorm.set(`${at}.correct_responses.0.pattern`, letter(question.right));
    Scorm.set(`${at}.student_response`, letter(state.answers[question.id]));
    Scorm.set(`${at}.result`, isRight(question) ? "correct" : "wrong");
  }

  function isRight(question) {
    return state.answers[question.id] === question.right;
  }

  function passed() {
    return state.best !== null && state.best >= PASSING_POINTS;
  }

  // ---- the result

  function showResult() {
    element("result").classList.toggle("failed", !passed());
    element("verdict").textContent = passed() ? "Well done, you have passed" : "Nearly there";
    element("points").textContent = String(state.best);
    element("advice").textContent = passed()
      ? "You know what keeps a kitchen safe. Go through the pages again whenever you like."
      : `You need ${PASSING_POINTS} points. Read below what was missing, go back if you like, then try again.`;
    element("answers").replaceChildren(...QUESTIONS.map(answerLine));
  }

  function answerLine(question) {
    const line = document.createElement("li");
    const right = isRight(question);
    line.className = right ? "right" : "wrong";
    const heading = document.createElement("strong");
    heading.textContent = `${right ? "Right" : "Not quite"}: ${question.text}`;
    const why = document.createElement("p");
    why.textContent = right ? question.why : `${question.options[question.right]}. ${question.why}`;
    line.append(heading, why);
    return line;
  }

  function retry() {
    state.answers = {};
    for (const input of element("questions").querySelectorAll("input")) input.checked = false;
    show("quiz", true);
  }

  function finish() {
    save();
    Scorm.finish();
    element("next").disabled = true;
    element("back").disabled = true;
    element("saved").textContent = "The course is finished. You can close it now.";
  }

  // ---- begin

  const connected = Scorm.start();
  element("offline").hidden = connected;
  load();
  if (Scorm.get("cmi.core.lesson_status") === "not attempted")
    Scorm.set("cmi.core.lesson_status", "incomplete");
  buildQuestions();
  element("next").addEventListener("click", next);
  element("back").addEventListener("click", back);
  window.addEventListener("pagehide", () => Scorm.finish());
  show(state.page, false);
})();
