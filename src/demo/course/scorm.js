// The course's half of SCORM 1.2 (RTE 3.2): finds the API up its parents, then in its opener, and keeps the
// few values that this course has. Without an API every call does nothing, so the course is its own preview.
window.Scorm = (() => {
  const MAX_PARENTS = 12;
  const started = Date.now();
  let api = null;
  let running = false;

  function findIn(start) {
    let candidate = start;
    for (let step = 0; candidate && step < MAX_PARENTS; step += 1) {
      try {
        if (candidate.API) return candidate.API;
      } catch {
        // A page of another origin can't be asked.
        return null;
      }
      if (candidate.parent === candidate) return null;
      candidate = candidate.parent;
    }
    return null;
  }

  function start() {
    api = findIn(window) || (window.opener ? findIn(window.opener) : null);
    running = api !== null && String(api.LMSInitialize("")) === "true";
    return running;
  }

  function get(element) {
    return running ? String(api.LMSGetValue(element)) : "";
  }

  function set(element, value) {
    if (running) api.LMSSetValue(element, String(value));
  }

  /** @returns Whether what was set is kept. */
  function commit() {
    return running && String(api.LMSCommit("")) === "true";
  }

  function finish() {
    if (!running) return;
    set("cmi.core.session_time", sessionTime());
    commit();
    api.LMSFinish("");
    running = false;
  }

  function sessionTime() {
    const seconds = Math.round((Date.now() - started) / 1000);
    const two = (number) => String(number).padStart(2, "0");
    return `${String(Math.floor(seconds / 3600)).padStart(4, "0")}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  }

  return { start, get, set, commit, finish };
})();
