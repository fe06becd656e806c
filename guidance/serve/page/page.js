// Shows the newest picture with its guidance. Guidance is judged by this device's own clock: what is too old is never shown.
"use strict";

const STALE_MS = 250; // as on the display itself
const LOST_MS = 2000; // nothing at all for so long: the connection is gone, whatever the system believes
const AGAIN_MS = [250, 500, 1000, 2000, 4000];
const LOOKS = {
  NO_SIGNAL: ["alert", "No picture"], FROZEN: ["caution", "Picture frozen"], NO_CONTACT: ["caution", "No contact"],
  NOT_RECOGNISED: ["calm", "Not sure"], SEARCHING: ["guide", "Searching"], ADJUSTING: ["guide", "Adjusting"],
  HOLD: ["good", "Hold still"], CAPTURED: ["good", "Captured"], PAUSED: ["calm", "Hints are off"],
};
const UNJUDGED = new Set(["NO_SIGNAL", "NOT_RECOGNISED"]);
const PAUSED = { look: "calm", one: "Guidance paused", two: "Waiting for a fresh result.", veil: "Guidance paused" };
const LOST = { look: "alert", one: "Connection lost", two: "Trying again. Look at the cart's own screen.", veil: "Connection lost" };
const WAITING = { look: "calm", one: "Starting", two: "Waiting for the first picture.", veil: "" };
const ENDED = { look: "calm", one: "The stream has ended", two: "There is no guidance any more.", veil: "The stream has ended" };

const $ = (id) => document.getElementById(id);
const context = $("canvas").getContext("2d");
let socket = null, tries = 0, everConnected = false;
let latest = null; // { head, arrivedMs, lateMs }
let fastest = Infinity; // the shortest way so far, on both clocks together
let heardMs = performance.now(), begunMs = 0;

function connect() {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  begunMs = performance.now();
  const mine = socket = new WebSocket(`${scheme}//${location.host}/watch`);
  mine.binaryType = "arraybuffer";
  mine.onopen = () => { tries = 0; everConnected = true; begunMs = heardMs = performance.now(); fastest = Infinity; };
  mine.onmessage = (event) => { if (socket === mine) take(event.data, mine); };
  mine.onclose = () => { if (socket === mine) again(); };
}

function again() {
  if (socket !== null) { socket.onclose = socket.onmessage = null; socket.close(); }
  socket = null;
  setTimeout(connect, AGAIN_MS[Math.min(tries++, AGAIN_MS.length - 1)]);
  tick();
}

async function take(data, from) {
  const now = performance.now();
  const length = new DataView(data).getUint32(0);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
  // A message that took longer than the fastest one was held up by the network: it is older by so much. The slow rise
  // lets two clocks drift apart.
  fastest = Math.min(fastest + (now - heardMs) * 1e-4, now - head.sent_ms);
  heardMs = now;
  const news = { head, arrivedMs: now, lateMs: now - head.sent_ms - fastest };
  const jpeg = new Uint8Array(data, 4 + length);
  $("withheld").hidden = jpeg.length > 0;
  if (jpeg.length) {
    try {
      const bitmap = await createImageBitmap(new Blob([jpeg], { type: "image/jpeg" }));
      const canvas = $("canvas");
      if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
        canvas.width = bitmap.width; canvas.height = bitmap.height;
      }
      context.drawImage(bitmap, 0, 0);
      bitmap.close();
    } catch { /* a picture that cannot be decoded is left out; the words stand */ }
  } else {
    context.clearRect(0, 0, $("canvas").width, $("canvas").height);
  }
  latest = news;
  tick();
  if (from.readyState === WebSocket.OPEN) from.send("shown");
}

const ageMs = () => latest.head.age_ms + latest.lateMs + performance.now() - latest.arrivedMs;

function tick() {
  const now = performance.now();
  const open = socket !== null && socket.readyState === WebSocket.OPEN;
  const silentMs = now - Math.max(heardMs, begunMs);
  if (latest !== null && latest.head.ended) return show(ENDED, open);
  if (socket !== null && silentMs > (open ? LOST_MS : 2 * LOST_MS) && (latest !== null || !open)) return again();
  if (!open) {
    return show(everConnected ? LOST : { ...WAITING, one: "Connecting", two: "Waiting for sonoguide." }, false);
  }
  if (latest === null) return show(WAITING, open);
  if (ageMs() > STALE_MS) return show(PAUSED, open);
  const { guidance, one, two } = latest.head;
  const [look] = LOOKS[guidance.state] ?? ["calm"];
  const veil = guidance.state === "NO_SIGNAL" || guidance.state === "FROZEN" ? LOOKS[guidance.state][1] : "";
  show({ look, one, two, veil }, open, latest.head);
}

function show({ look, one, two, veil }, open, head = null) {
  document.body.dataset.look = look;
  // A picture that may be live, or is being read, stays bright and in sight.
  document.body.classList.toggle("gone", veil !== "" && veil !== LOOKS.FROZEN[1] && veil !== PAUSED.veil);
  text("one", one); text("two", two); text("veil", veil);
  $("veil").hidden = veil === "";
  text("link", open ? "connected" : "not connected");
  $("link").classList.toggle("bad", !open);
  const guidance = head?.guidance;
  text("target", (latest?.head.guidance.target ?? "–").replace("_", " "));
  text("state", guidance ? (LOOKS[guidance.state]?.[1] ?? guidance.state) : "–");
  const judged = guidance && !UNJUDGED.has(guidance.state);
  const known = judged && guidance.state !== "NO_CONTACT" && guidance.view_probability > 0;
  text("view", known ? guidance.view.replace("_", " ") : "–");
  $("seen").classList.toggle("match", Boolean(known && guidance.view === guidance.target));
  meter(judged ? guidance.quality : null, latest?.head.capture_quality ?? 0.6);
  for (const row of document.querySelectorAll("#facets li")) {
    const value = judged ? guidance.facets?.[row.dataset.facet] : null;
    row.querySelector("i").style.width = `${100 * (value ?? 0)}%`;
  }
  $("hold").style.width = `${100 * (head?.hold ?? 0)}%`; // how much of the clip to hold for is there
  text("notice", latest?.head.notice ?? "");
  $("notice").hidden = !latest?.head.notice;
}

function meter(quality, mark) {
  const known = quality !== null && quality !== undefined;
  text("quality-value", known ? `${Math.round(100 * quality)} %` : "–");
  $("fill").style.width = `${100 * (known ? quality : 0)}%`;
  $("mark").style.left = `${100 * mark}%`;
  $("quality").classList.toggle("enough", known && quality >= mark);
  if (known) $("meter").setAttribute("aria-valuenow", String(Math.round(100 * quality)));
  else $("meter").removeAttribute("aria-valuenow");
}

function text(id, words) {
  if ($(id).textContent !== words) $(id).textContent = words; // a screen reader reads only what is new
}

setInterval(tick, 50);
if ("wakeLock" in navigator) { // a tablet beside the cart must not go dark; only secure pages may ask
  const stayAwake = () => navigator.wakeLock.request("screen").catch(() => {});
  stayAwake();
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") stayAwake(); });
}
connect();
