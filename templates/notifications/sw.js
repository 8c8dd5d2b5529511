{% load static %}// What a browser keeps of this site while no page of it is open: it shows what it is told, and opens it.

const icon = "{% static "img/icon-180.png" %}";
const bell = "{% url "notifications" %}";

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("push", (event) => {
  let said = {};
  try { said = event.data.json(); } catch { /* nothing that we sent */ }
  // A browser that shows nothing of what it is sent is not sent anything any more.
  event.waitUntil(registration.showNotification(said.title || "{{ site_name|escapejs }}", {
    body: said.body || "", tag: said.tag, renotify: Boolean(said.tag), icon, badge: icon, lang: "{{ LANGUAGE_CODE }}",
    data: { address: said.url || bell },
  }));
});

addEventListener("notificationclick", (event) => {
  event.notification.close();
  const address = new URL(event.notification.data.address, location.origin);
  if (address.origin === location.origin) event.waitUntil(clients.openWindow(address.href));
});

// Its maker's service gives it another address: only this script hears of it.
addEventListener("pushsubscriptionchange", (event) => event.waitUntil((async () => {
  const former = event.oldSubscription;
  if (!former) return;
  const made = event.newSubscription || await registration.pushManager.subscribe(former.options);
  const { endpoint, keys } = made.toJSON();
  await fetch("{% url "device_renew" %}", {
    method: "POST", body: new URLSearchParams({ former: former.endpoint, endpoint, p256dh: keys.p256dh, auth: keys.auth }),
  });
})()));
