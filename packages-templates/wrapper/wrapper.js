// The wrapper: what a customer installs in an LMS. It finds the LMS's SCORM API, frames the player, hands it
// what the LMS says, and writes back the result. docs/bridge.md is the protocol.
//
// It runs for years in browsers we never see: ES5 only, every newer thing is looked for before it is used, and no
// call to the LMS may throw out of here. Packages carry wrapper.min.js, which scripts/wrapper.mjs makes of this file;
// with its page it stays under 10 kB.
(function (window, document, config) {
  "use strict";

  // To open the course in a window; that it is open there; that the browser refused to.
  var words = {
    en: [
      "Open the course in a new window",
      "The course is open in another window. Keep this page open.",
      "The window was blocked. Allow pop-ups for this site and try again.",
    ],
    de: [
      "Kurs in neuem Fenster öffnen",
      "Der Kurs ist in einem anderen Fenster offen. Lassen Sie diese Seite offen.",
      "Das Fenster wurde blockiert. Erlauben Sie Pop-ups für diese Seite und versuchen Sie es erneut.",
    ],
    es: [
      "Abrir el curso en otra ventana",
      "El curso está abierto en otra ventana. No cierre esta página.",
      "Se bloqueó la ventana. Permita las ventanas emergentes de este sitio e inténtelo de nuevo.",
    ],
    fr: [
      "Ouvrir le cours dans une nouvelle fenêtre",
      "Le cours est ouvert dans une autre fenêtre. Gardez cette page ouverte.",
      "La fenêtre a été bloquée. Autorisez les pop-ups de ce site et réessayez.",
    ],
    pt: [
      "Abrir o curso em outra janela",
      "O curso está aberto em outra janela. Mantenha esta página aberta.",
      "A janela foi bloqueada. Permita pop-ups deste site e tente de novo.",
    ],
    ja: [
      "新しいウィンドウでコースを開く",
      "コースは別のウィンドウで開いています。このページを閉じないでください。",
      "ウィンドウがブロックされました。ポップアップを許可して、もう一度お試しください。",
    ],
  };
  var OPEN = 0,
    OPENED = 1,
    BLOCKED = 2;

  var preference12 = "student_preference.",
    preference2004 = "learner_preference.";

  // Where each value of the snapshot (src/core/bridge.ts, LmsSnapshot) stands in the LMS, after "cmi.".
  var elements = {
    1.2: {
      learner_id: "core.student_id",
      learner_name: "core.student_name",
      entry: "core.entry",
      mode: "core.lesson_mode",
      credit: "core.credit",
      completion: "core.lesson_status",
      raw: "core.score.raw",
      min: "core.score.min",
      max: "core.score.max",
      mastery: "student_data.mastery_score",
      location: "core.lesson_location",
      suspend_data: "suspend_data",
      exit: "core.exit",
      session_time: "core.session_time",
      audio: preference12 + "audio",
      language: preference12 + "language",
      speed: preference12 + "speed",
      text: preference12 + "text",
    },
    2004: {
      learner_id: "learner_id",
      learner_name: "learner_name",
      entry: "entry",
      mode: "mode",
      credit: "credit",
      completion: "completion_status",
      success: "success_status",
      raw: "score.raw",
      min: "score.min",
      max: "score.max",
      scaled: "score.scaled",
      mastery: "scaled_passing_score",
      location: "location",
      suspend_data: "suspend_data",
      exit: "exit",
      session_time: "session_time",
      progress: "progress_measure",
      audio: preference2004 + "audio_level",
      language: preference2004 + "language",
      speed: preference2004 + "delivery_speed",
      text: preference2004 + "audio_captioning",
    },
  };

  // The LMS's API, and the window that it lives in.
  var api = null,
    host = null,
    version = "",
    element = {},
    initialized = false,
    initializeError = "";
  // What this session wrote and the LMS accepted; and whether all of that is committed.
  var written = {},
    committed = true,
    terminated = false,
    leaving = false;
  // The newest report of the player, and when it came.
  var latest = null,
    latestAt = 0;
  var nonce = makeNonce(),
    ready = false,
    waiting = null,
    pages = {},
    ports = [];
  var frame = null,
    opened = null,
    greeted = false,
    panel = null,
    line = null;
  var selfChannel = window.MessageChannel ? new MessageChannel() : null;

  // ---- the LMS ----

  function text(value) {
    try {
      return value === null || value === undefined ? "" : String(value);
    } catch (e) {
      return "";
    }
  }

  // Up the parents, then the opener and its parents (SCORM 1.2 RTE 3.3.6.1). A window of another origin
  // throws when looked into; what is above it may not.
  function find(name, method) {
    var from = window,
      next,
      level,
      hop;
    for (hop = 0; from && hop < 5; hop++) {
      next = null;
      for (level = 0; level < 20; level++) {
        if (has(from, name, method)) return;
        try {
          next = from.opener || next;
        } catch (e) {}
        if (!from.parent || from.parent === from) break;
        from = from.parent;
      }
      from = next;
    }
    has(window.top, name, method);
  }

  function has(place, name, method) {
    try {
      if (!place[name] || !place[name][method]) return false;
      api = place[name];
      host = place;
      return true;
    } catch (e) {
      return false;
    }
  }

  function findApi() {
    var order = config.format === "scorm12" ? ["1.2", "2004"] : ["2004", "1.2"],
      i;
    for (i = 0; i < 2 && !api; i++) {
      version = order[i];
      if (version === "1.2") find("API", "LMSInitialize");
      else find("API_1484_11", "Initialize");
    }
    if (!api) version = "";
    element = elements[version] || element;
    return api;
  }

  function nameOf(method) {
    if (version !== "1.2") return method;
    return method === "Terminate" ? "LMSFinish" : "LMS" + method;
  }

  function call(method, first, second) {
    var name = nameOf(method);
    return second === undefined ? api[name](first) : api[name](first, second);
  }

  function lastError() {
    try {
      return text(version === "1.2" ? api.LMSGetLastError() : api.GetLastError());
    } catch (e) {
      return "exception";
    }
  }

  function get(name) {
    if (!element[name]) return "";
    try {
      return text(call("GetValue", "cmi." + element[name]));
    } catch (e) {
      return "";
    }
  }

  // The LMS's error code, or "" where it accepted. Some LMSs answer nothing: then its last error decides.
  function attempt(method, first, second) {
    var answer, code;
    try {
      answer = text(call(method, first, second));
    } catch (e) {
      return "exception";
    }
    if (answer === "true") return "";
    code = lastError();
    if (answer !== "false" && (code === "" || code === "0")) return "";
    return code || "101";
  }

  function set(errors, name, value) {
    var code,
      at = "cmi." + element[name];
    if (!element[name] || value === null || written[name] === value) return;
    committed = false;
    code = attempt("SetValue", at, value);
    if (code) errors.push({ element: at, code: code });
    else written[name] = value;
  }

  function commit(errors) {
    if (committed) return;
    var code = attempt("Commit", "");
    if (code) errors.push({ element: "commit", code: code });
    else committed = true;
  }

  function read(names) {
    var values = {},
      i;
    for (i = 0; i < names.length; i++) values[names[i]] = get(names[i]);
    return values;
  }

  function snapshot() {
    var made = read([
      "learner_id",
      "learner_name",
      "entry",
      "mode",
      "credit",
      "completion",
      "success",
      "mastery",
      "location",
      "suspend_data",
    ]);
    made.score = read(["raw", "min", "max", "scaled"]);
    made.preferences = read(["audio", "language", "speed", "text"]);
    made.wrapper = config.wrapper;
    made.format = config.format;
    made.api = version;
    made.initialized = initialized;
    made.error = initializeError;
    return made;
  }

  // ---- what the player reports ----

  function now() {
    return new Date().getTime();
  }

  function digits(value, width) {
    value = String(value);
    while (value.length < width) value = "0" + value;
    return value;
  }

  function duration(seconds) {
    var whole = Math.max(0, Math.floor(+seconds || 0));
    var hours = Math.min(9999, Math.floor(whole / 3600)),
      minutes = Math.floor(whole / 60) % 60,
      rest = whole % 60;
    if (version === "1.2") return digits(hours, 4) + ":" + digits(minutes, 2) + ":" + digits(rest, 2) + ".00";
    return "PT" + hours + "H" + minutes + "M" + rest + "S";
  }

  function known(value) {
    return typeof value === "number" && isFinite(value);
  }
  // Never in exponent notation, which SCORM's decimals do not know.
  function decimal(value) {
    return known(value) ? String(Math.round(value * 1e6) / 1e6) : null;
  }
  function percent(value) {
    return !known(value) || (value >= 0 && value <= 100);
  }

  // SCORM 1.2 scores lie between 0 and 100 (RTE 3.4.4); a 2004 course may count to 1,000.
  function score12(score) {
    var raw = score.raw,
      min = score.min,
      max = score.max;
    if (known(raw) && percent(raw) && percent(min) && percent(max)) return score;
    if (known(score.scaled)) raw = score.scaled * 100;
    else if (known(raw) && known(max) && max > (min || 0))
      raw = ((raw - (min || 0)) / (max - (min || 0))) * 100;
    else return {};
    return { raw: Math.round(Math.min(100, Math.max(0, raw)) * 100) / 100, min: 0, max: 100 };
  }

  function setScore(errors, score) {
    var names = ["scaled", "raw", "min", "max"],
      i;
    if (version === "1.2") score = score12(score);
    for (i = 0; i < 4; i++) set(errors, names[i], decimal(score[names[i]]));
  }

  function setStatus(errors, rollup) {
    var success = rollup.success === "passed" || rollup.success === "failed" ? rollup.success : "";
    var completion =
      rollup.completion === "completed" || rollup.completion === "incomplete" ? rollup.completion : "";
    if (version === "1.2") completion = success || completion;
    // "unknown" is only told to an LMS that heard otherwise in this session.
    set(errors, "success", success || (written.success ? "unknown" : null));
    set(errors, "completion", completion || null);
  }

  // Writes the newest report; what was accepted before and has not changed is left out.
  function write(errors) {
    var rollup = latest.rollup || {};
    var place = text(rollup.location)
      .substring(0, version === "1.2" ? 255 : 1000)
      .replace(/[\uD800-\uDBFF]$/, "");
    set(errors, "exit", "suspend");
    set(errors, "suspend_data", text(latest.marker));
    if (place || written.location) set(errors, "location", place);
    if (!latest.silent) {
      setScore(errors, rollup.score || {});
      set(errors, "progress", decimal(rollup.progress));
      setStatus(errors, rollup);
    }
    set(errors, "session_time", duration((+rollup.session_seconds || 0) + (now() - latestAt) / 1000));
  }

  function begin(errors) {
    var status = get("completion");
    if (status === "not attempted" || status === "unknown") set(errors, "completion", "incomplete");
  }

  // Some LMSs complete a course that ends as "not attempted" (RULES §2): it becomes incomplete first. Where no
  // status may be written (browse, review), or the LMS refuses it, the session is left open.
  function terminate(errors) {
    var code;
    if (!latest || !latest.silent) begin(errors);
    commit(errors);
    terminated = true;
    if (get("completion") === "not attempted") return;
    if (leaving && !committed && endLater()) return;
    code = attempt("Terminate", "");
    if (code) errors.push({ element: "terminate", code: code });
  }

  // Where the LMS removes our frame, its page lives on: what pagehide forbids (synchronous requests) is allowed there
  // a moment later. Only the page's own functions still run then, and only as its promises' callbacks.
  function endLater() {
    var save, end;
    try {
      if (host === window) return false;
      save = api[nameOf("Commit")].bind(api, "");
      end = api[nameOf("Terminate")].bind(api, "");
      host.Promise.resolve().then(save).then(end, end).then(null, host.Object);
      return true;
    } catch (e) {
      return false;
    }
  }

  // ---- the player ----

  // 128 random bits in base64url.
  function makeNonce() {
    var letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    var source = window.crypto || window.msCrypto,
      bytes = [],
      made = "",
      i;
    if (source && source.getRandomValues && window.Uint8Array)
      bytes = source.getRandomValues(new Uint8Array(22));
    for (i = 0; i < 22; i++)
      made += letters.charAt(
        (bytes.length ? bytes[i] : Math.floor(Math.random() * 256)) & (i < 21 ? 63 : 48)
      );
    return made;
  }

  function playerUrl() {
    return config.origin + "/play/" + config.key + "#" + nonce;
  }

  function send(message) {
    for (var i = 0; i < ports.length; i++) {
      try {
        ports[i].postMessage(message);
      } catch (e) {}
    }
  }

  function onPort(port, message) {
    var errors = [],
      type = message && message.type,
      ok,
      i;
    if (type === "close") {
      if (opened) opened.close();
      else if (window.top === window && window.opener) window.close();
    }
    if (terminated || (type !== "report" && type !== "finish" && type !== "denied")) return;
    if (type === "denied") {
      begin(errors);
      set(errors, "exit", "suspend");
    } else {
      latest = message;
      latestAt = now();
      write(errors);
    }
    if (type === "finish") terminate(errors);
    else commit(errors);
    if (!api) errors = [{ element: "api", code: "missing" }];
    // The answer is good if the marker is safe (docs/bridge.md §4), even where the LMS refused something else.
    ok = !!api && committed;
    for (i = 0; i < errors.length; i++) if (errors[i].element === "cmi.suspend_data") ok = false;
    port.postMessage({
      type: type === "finish" ? "finished" : "reported",
      id: message.id,
      ok: ok,
      errors: errors,
    });
  }

  // One answer for each page load of the player: a learner may reload its window.
  function answer(hello) {
    var page = text(hello.data.page),
      channel;
    if (pages["$" + page]) return;
    pages["$" + page] = true;
    channel = new MessageChannel();
    channel.port1.onmessage = function (event) {
      onPort(channel.port1, event.data);
    };
    ports.push(channel.port1);
    hello.source.postMessage(
      { tallygate: 1, type: "snapshot", nonce: nonce, snapshot: snapshot() },
      config.origin,
      [channel.port2]
    );
  }

  window.addEventListener("message", function (event) {
    var data = event.data,
      from = opened || (frame && frame.contentWindow);
    if (!selfChannel || !data || data.tallygate !== 1 || data.type !== "hello" || data.nonce !== nonce)
      return;
    if (event.origin !== config.origin || !event.source || event.source !== from) return;
    greeted = true;
    if (opened) show(OPENED);
    else hidePanel();
    if (ready) answer(event);
    else waiting = event;
  });

  function addFrame() {
    frame = document.createElement("iframe");
    frame.title = config.title;
    frame.setAttribute("allow", "autoplay; fullscreen; encrypted-media; picture-in-picture; clipboard-write");
    frame.setAttribute("allowfullscreen", "");
    frame.setAttribute("referrerpolicy", "origin");
    frame.setAttribute("frameborder", "0");
    frame.style.cssText = "position:absolute;top:0;left:0;width:100%;height:100%;border:0";
    frame.onload = function () {
      try {
        frame.contentWindow.focus();
      } catch (e) {}
    };
    frame.src = playerUrl();
    document.body.appendChild(frame);
  }

  // ---- the window, where the player can't be framed ----

  function hidePanel() {
    if (panel) panel.style.display = "none";
  }

  function show(which) {
    var own = words[text(navigator.language || navigator.userLanguage).substring(0, 2)] || words.en,
      button;
    if (!panel) {
      panel = document.createElement("div");
      panel.style.cssText =
        "position:absolute;top:0;left:0;right:0;z-index:1;padding:2em;background:#fff;color:#222;font:1em sans-serif;text-align:center";
      line = document.createElement("p");
      line.setAttribute("role", "status");
      button = document.createElement("button");
      button.style.cssText = "font:inherit;padding:.8em 1.2em";
      button.textContent = own[OPEN];
      button.onclick = openWindow;
      panel.appendChild(line);
      panel.appendChild(button);
      document.body.appendChild(panel);
    }
    panel.style.display = "";
    line.textContent = which === OPEN ? config.title : own[which];
  }

  function openWindow() {
    var made = null;
    if (opened && !opened.closed) return opened.focus();
    // A window opened after one was closed is another launch (RULES §1).
    if (opened && greeted) {
      nonce = makeNonce();
      pages = {};
    }
    try {
      made = window.open(playerUrl(), "_blank");
    } catch (e) {}
    if (!made || made.closed) return show(BLOCKED);
    opened = made;
    if (frame) {
      document.body.removeChild(frame);
      frame = null;
    }
    show(OPENED);
  }

  // ---- closing ----

  // The newest report again, with the time until now. Without any, what the LMS holds must outlive this session too:
  // SCORM 2004 ends an attempt that is not left suspended (RTE 4.2.8). Where it holds nothing, it may have reset the attempt,
  // and must be able to say so again (docs/bridge.md §4).
  function writeLast() {
    if (latest) write([]);
    else if (get("entry") !== "ab-initio" || get("suspend_data")) set([], "exit", "suspend");
  }

  function saveEarly() {
    if (terminated) return;
    writeLast();
    commit([]);
  }

  // Synchronous requests, which many LMSs save with, are refused in beforeunload itself and in all that comes after
  // it, but not in the task between. The learner may still stay: nothing ends here.
  window.addEventListener("beforeunload", function () {
    send({ type: "leaving" });
    if (selfChannel) selfChannel.port2.postMessage(0);
    else saveEarly();
  });
  if (selfChannel) selfChannel.port1.onmessage = saveEarly;

  function leave() {
    send({ type: "leaving" });
    if (!api || terminated) return;
    writeLast();
    leaving = true;
    terminate([]);
  }
  window.addEventListener("pagehide", leave);
  // A listener for unload keeps the page out of the back/forward cache: only where there is no pagehide.
  if (!("onpagehide" in window)) window.addEventListener("unload", leave);
  // Back from that cache: the session has ended, so a new one begins.
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) window.location.reload();
  });

  // ---- opening ----

  function start() {
    ready = true;
    if (api) {
      initializeError = attempt("Initialize", "");
      initialized = !initializeError;
    }
    if (waiting) answer(waiting);
  }

  function search(until) {
    if (findApi() || now() > until) start();
    else
      setTimeout(function () {
        search(until);
      }, 100);
  }

  document.title = config.title;
  document.documentElement.style.cssText = document.body.style.cssText =
    "height:100%;margin:0;overflow:hidden";
  addFrame();
  search(now() + 3000);
  setTimeout(function () {
    if (!greeted) show(OPEN);
  }, 8000);
})(window, document, window.TALLYGATE);
