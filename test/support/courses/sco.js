// A lesson as courses are: it looks for the API up its parents, reads its state, and saves when it was made
// to. `settings.js` says for which standard and when; `?save=` in the address wins over it.
(() => {
  const settings = window.SETTINGS || { standard: "1.2", save: "early" };
  const query = new URLSearchParams(location.search);
  const save = query.get("save") || settings.save;
  const is2004 = settings.standard !== "1.2";
  const element = (id) => document.getElementById(id);

  // ---- the API, by whichever name

  const findIn = (start, name) => {
    let candidate = start;
    for (let steps = 0; candidate && steps < 12; steps += 1) {
      try {
        if (candidate[name]) return candidate[name];
      } catch {
        return null;
      }
      if (candidate.parent === candidate) return null;
      candidate = candidate.parent;
    }
    return null;
  };
  const apiName = is2004 ? "API_1484_11" : "API";
  const api = findIn(window, apiName) || (window.opener && findIn(window.opener, apiName));
  const prefix = is2004 ? "" : "LMS";
  const call = (name, ...given) => (api ? String(api[prefix + name](...given)) : "");
  const get = (name) => call("GetValue", name);
  const set = (name, value) => {
    const answer = call("SetValue", name, value);
    if (answer !== "true") log(`SetValue ${name}: ${answer}, error ${call("GetLastError")}`);
  };

  function log(line) {
    element("log").textContent += `${line}\n`;
  }

  // ---- what changes, kept until it is time to save

  const pending = new Map();
  const started = performance.now();
  let open = false;

  const put = (values) => {
    for (const [name, value] of Object.entries(values)) pending.set(name, value);
    if (save === "early") flush();
    else log(`kept for ${save}`);
  };

  const flush = () => {
    if (!open) return;
    for (const [name, value] of pending) set(name, value);
    pending.clear();
    log(`Commit: ${call("Commit", "")}`);
  };

  const sessionTime = () => {
    const seconds = Math.round((performance.now() - started) / 1000);
    if (is2004) return `PT${seconds}S`;
    const two = (number) => String(number).padStart(2, "0");
    return `00${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  };

  const terminate = () => {
    if (!open) return;
    pending.set(is2004 ? "cmi.session_time" : "cmi.core.session_time", sessionTime());
    flush();
    open = false;
    log(`${is2004 ? "Terminate" : "Finish"}: ${call(is2004 ? "Terminate" : "Finish", "")}`);
  };

  // ---- the two vocabularies

  const score = (points) =>
    is2004
      ? {
          "cmi.score.raw": String(points),
          "cmi.score.min": "0",
          "cmi.score.max": "100",
          "cmi.score.scaled": String(points / 100),
        }
      : { "cmi.core.score.raw": String(points), "cmi.core.score.min": "0", "cmi.core.score.max": "100" };

  const interaction = (index, right) => {
    const at = `cmi.interactions.${index}`;
    const answer = is2004 ? "learner_response" : "student_response";
    return {
      [`${at}.id`]: `question-${index}`,
      [`${at}.type`]: "choice",
      [`${at}.${answer}`]: right ? "a" : "b",
      [`${at}.correct_responses.0.pattern`]: "a",
      [`${at}.result`]: right ? "correct" : is2004 ? "incorrect" : "wrong",
    };
  };

  const graded = (points, passed) => {
    const index = Number(get("cmi.interactions._count")) || 0;
    const status = is2004
      ? { "cmi.success_status": passed ? "passed" : "failed", "cmi.completion_status": "completed" }
      : { "cmi.core.lesson_status": passed ? "passed" : "failed" };
    return { ...interaction(index, passed), ...score(points), ...status };
  };

  const bookmark = (note) => ({
    [is2004 ? "cmi.location" : "cmi.core.lesson_location"]: note.slice(0, 100),
    "cmi.suspend_data": note,
    [is2004 ? "cmi.exit" : "cmi.core.exit"]: "suspend",
  });

  const many = () => {
    const first = Number(get("cmi.interactions._count")) || 0;
    const all = Array.from({ length: 500 }, (_, index) => interaction(first + index, index % 2 === 0));
    return Object.assign({}, ...all);
  };

  const actions = {
    pass: () => put(graded(90, true)),
    fail: () => put(graded(40, false)),
    complete: () => put({ [is2004 ? "cmi.completion_status" : "cmi.core.lesson_status"]: "completed" }),
    score: () => put(score(Number(element("points").value))),
    bookmark: () => put(bookmark(element("note").value)),
    many: () => put(many()),
    previous: () => navigate("previous"),
    continue: () => navigate("continue"),
    exit: terminate,
  };

  function navigate(request) {
    if (is2004) set("adl.nav.request", request);
    terminate();
  }

  // ---- opening and closing

  const shown = is2004
    ? {
        completion: "cmi.completion_status",
        success: "cmi.success_status",
        location: "cmi.location",
        "suspend data": "cmi.suspend_data",
        score: "cmi.score.raw",
        scaled: "cmi.score.scaled",
        entry: "cmi.entry",
        mode: "cmi.mode",
        credit: "cmi.credit",
        "student id": "cmi.learner_id",
        "student name": "cmi.learner_name",
        "launch data": "cmi.launch_data",
        "passing score": "cmi.scaled_passing_score",
        "total time": "cmi.total_time",
      }
    : {
        status: "cmi.core.lesson_status",
        location: "cmi.core.lesson_location",
        "suspend data": "cmi.suspend_data",
        score: "cmi.core.score.raw",
        entry: "cmi.core.entry",
        mode: "cmi.core.lesson_mode",
        credit: "cmi.core.credit",
        "student id": "cmi.core.student_id",
        "student name": "cmi.core.student_name",
        "launch data": "cmi.launch_data",
        "mastery score": "cmi.student_data.mastery_score",
        "total time": "cmi.core.total_time",
      };

  const status = is2004 ? "cmi.completion_status" : "cmi.core.lesson_status";

  const start = () => {
    for (const [id, action] of Object.entries(actions)) element(id).addEventListener("click", action);
    const title = query.get("title");
    if (title) element("title").textContent = title;
    if (!api) {
      element("state").textContent = "no API found";
      return;
    }
    open = call("Initialize", "") === "true";
    const lines = Object.entries(shown).map(([name, path]) => `${name}: ${get(path)}`);
    element("state").textContent = [`initialized: ${open}`, ...lines].join("\n");
    if (get(status) === "not attempted" || get(status) === "unknown") {
      set(status, "incomplete");
      call("Commit", "");
    }
  };

  if (save !== "early") window.addEventListener(save, terminate);
  start();
})();
