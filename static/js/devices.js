// « Sur mes appareils »: asks the browser for the address where it can be told, and gives it to the site with the form.
// Found by data-devices; without it the list stays, and devices can be removed.

const box = document.querySelector("[data-devices]");
const form = box.querySelector("[data-enable]");
const say = (name) => {
  for (const words of box.querySelectorAll("[data-say]")) words.hidden = words.dataset.say !== name;
};

const bytes = (key) => Uint8Array.from(atob(key.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt());
const digest = async (text) => {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
};

const subscribe = async () => {
  await navigator.serviceWorker.register(box.dataset.worker, { scope: "/" });
  const { pushManager } = await navigator.serviceWorker.ready;
  const key = bytes(box.dataset.key);
  const former = await pushManager.getSubscription();
  const made = former && new Uint8Array(former.options.applicationServerKey ?? []);
  // A subscription made for a former key of the site takes nothing any more.
  if (former && String(made) !== String(key)) await former.unsubscribe();
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
};

const enable = async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    if (await Notification.requestPermission() !== "granted") return say("denied");
    const { endpoint, keys } = (await subscribe()).toJSON();
    for (const [name, value] of Object.entries({ endpoint, ...keys })) if (form.elements[name]) form.elements[name].value = value;
    form.submit();
  } catch {
    say("failed");
  } finally {
    button.disabled = false;
  }
};

// The device that one holds, among those of the list.
const find = async () => {
  const worker = await navigator.serviceWorker.getRegistration("/");
  const subscription = await worker?.pushManager.getSubscription();
  const own = subscription && box.querySelector(`[data-device="${await digest(subscription.endpoint)}"]`);
  if (!own) return false;
  own.querySelector("[data-here]").hidden = false;
  own.querySelector("form").addEventListener("submit", () => { subscription.unsubscribe(); });
  return true;
};

const start = async () => {
  const isApple = /iPhone|iPad/.test(navigator.userAgent) && !navigator.standalone;
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) {
    return say(isApple ? "apple" : "unable");
  }
  if (await find()) return say("here");
  if (Notification.permission === "denied") return say("denied");
  say("");
  if (form) {
    form.hidden = false;
    form.addEventListener("submit", enable);
  }
};

start();
