// Maps: the agenda's, one event's, and the one on which an organiser sets a point. Leaflet is fetched when one is seen.

const FRANCE = [[41.3, -5.3], [51.2, 9.7]];
const EARTH = [[-85, -180], [85, 180]];
const number = new Intl.NumberFormat(document.documentElement.lang || "fr");

const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    leaflet(target).then(() => start[target.dataset.map](target));
  }
}, { rootMargin: "100px" });
for (const map of document.querySelectorAll("[data-map]")) {
  map.hidden = false;
  seen.observe(map);
  // The point follows the commune that is chosen before the map is seen.
  if (map.dataset.map === "picker") map.closest("form").addEventListener("commune:chosen", followCommune);
}

function followCommune({ currentTarget: { elements }, detail: { latitude, longitude } }) {
  if (!Number.isFinite(latitude)) return;
  elements.latitude.value = latitude.toFixed(5);
  elements.longitude.value = longitude.toFixed(5);
}

const start = { agenda, point, picker };

let loading;
function leaflet({ dataset }) {
  const arrive = (element) =>
    new Promise((onload, onerror) => document.head.append(Object.assign(element, { onload, onerror })));
  loading ??= Promise.all([
    arrive(Object.assign(document.createElement("link"), { rel: "stylesheet", href: dataset.leafletCss })),
    arrive(Object.assign(document.createElement("script"), { src: dataset.leafletJs })),
  ]);
  return loading;
}

function open(element) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const { zoomIn, zoomOut, tiles, attribution, outlines, towns } = element.dataset;
  const map = L.map(element, {
    minZoom: 3, maxZoom: 16, zoomSnap: tiles ? 1 : 0.25, maxBounds: EARTH, maxBoundsViscosity: 1,
    zoomControl: false, attributionControl: Boolean(tiles), scrollWheelZoom: false,
    fadeAnimation: !calm, zoomAnimation: !calm, markerZoomAnimation: !calm, inertia: !calm,
  });
  // The wheel scrolls the page until the map is what one is at.
  map.on("focus", () => map.scrollWheelZoom.enable()).on("blur", () => map.scrollWheelZoom.disable());
  L.control.zoom({ position: "bottomleft", zoomInTitle: zoomIn, zoomOutTitle: zoomOut }).addTo(map);
  if (tiles) {
    map.attributionControl.setPrefix(false);
    L.tileLayer(tiles, { attribution }).addTo(map);
  } else {
    map.createPane("towns");
    drawOutlines(map, outlines);
    map.whenReady(() => drawTowns(map, towns));
  }
  return map;
}

async function drawOutlines(map, address) {
  try {
    const { features } = await (await fetch(address)).json();
    // A few at a time: a phone that draws them all at once hears nothing meanwhile.
    for (let first = 0; first < features.length; first += 12) {
      const shapes = features.slice(first, first + 12);
      const drawn = L.geoJSON(shapes, { interactive: false, style: { className: "map-outline" } }).addTo(map).bringToBack();
      drawn.eachLayer((shape) => nameOverseas(map, shape));
      await new Promise((resolve) => setTimeout(resolve));
    }
    uncover(map);
  } catch {
    // Without borders, the events are still there.
  }
}

// Around a small island there is only the sea: its territory says where one is.
function nameOverseas(map, shape) {
  const { code, name } = shape.feature.properties;
  if (/^9[78]/.test(code)) write(name, shape.getBounds().getCenter(), "map-territory").addTo(map);
}

function drawTowns(map, source) {
  const layer = L.layerGroup().addTo(map);
  follow(map, source, "", ({ towns }) => {
    layer.clearLayers();
    for (const { name, latitude, longitude, size } of towns) {
      write(name, [latitude, longitude], `map-town-${size}`).addTo(layer);
    }
    uncover(map);
  });
  map.on("moveend", () => uncover(map));
}

// The list beside the map says them to those who do not see.
function write(name, place, className) {
  const label = document.createElement("span");
  label.textContent = name;
  const icon = L.divIcon({ className: `map-town ${className}`, html: label, iconSize: [6, 6] });
  const marker = L.marker(place, { icon, pane: "towns", interactive: false, keyboard: false });
  return marker.on("add", () => marker.getElement().setAttribute("aria-hidden", "true"));
}

// Where a name may stand, in pixels from its point: beside it, further from under a marker, below, above.
const BESIDE = [[11, 0], [-11, 0], [22, 0], [-22, 0], [0, 26], [0, -26]];
const AROUND = [[0, 0], [0, 26], [0, -26]];

// A name half under something is not worth reading: it stands where there is room for it, or nowhere.
function uncover(map) {
  const box = (element) => element.getBoundingClientRect();
  const frame = map.getContainer();
  const { left, right, top, bottom } = box(frame);
  const taken = [...map.getPane("markerPane").children, ...frame.querySelectorAll(".leaflet-control")].map(box);
  const touches = (one, other) =>
    one.left < other.right && one.right > other.left && one.top < other.bottom && one.bottom > other.top;
  const isInside = (name) => name.left > left && name.right < right && name.top > top && name.bottom < bottom;
  const names = [...(map.getPane("towns")?.children ?? [])].map((town) => {
    const label = town.firstChild;
    return { town, label, point: box(town), size: box(label), places: town.matches(".map-territory") ? AROUND : BESIDE };
  });
  for (const { town, label, point, size, places } of names) {
    const place = places
      .map(([across, down]) => {
        const start = across > 0 ? across : across < 0 ? across - size.width : -size.width / 2;
        const x = point.left + point.width / 2 + start;
        const y = point.top + point.height / 2 + down - size.height / 2;
        return { start, down, left: x, right: x + size.width, top: y, bottom: y + size.height };
      })
      .find((name) => {
        const isOver = (other) => touches(name, other);
        return isInside(name) && !taken.some(isOver) && !names.some((each) => each.town !== town && isOver(each.point));
      });
    town.classList.toggle("map-town-covered", !place);
    if (!place) continue;
    taken.push(place);
    label.style.translate = `${place.start}px calc(${place.down}px - 50%)`;
  }
}

// Asks `source` about what is seen, now and after each move; an answer that comes too late is dropped.
function follow(map, source, filters, draw) {
  let asked, asking;
  const ask = async () => {
    const query = new URLSearchParams(filters);
    query.set("bbox", snapped(map).join(","));
    query.set("zoom", Math.floor(map.getZoom()));
    const address = `${source}?${query}`;
    if (address === asked) return;
    asked = address;
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(address, { signal: asking.signal });
      if (answer.ok) draw(await answer.json());
    } catch {
      // The network is down, or the map moved on: ask again at the next move.
      if (asked === address) asked = undefined;
    }
  };
  map.on("moveend", ask);
  ask();
}

// The same box for everyone who looks at nearly the same place: one cached answer serves them all, and it says no more
// than half a tile of where one is. Its edges are those of squares that the server counts in advance.
function snapped(map) {
  const bounds = map.getBounds();
  const across = 360 / 2 ** Math.floor(map.getZoom()) / 2;
  const along = (across * 11) / 16;
  const down = (degrees, step) => Math.floor(degrees / step) * step;
  const up = (degrees, step) => Math.ceil(degrees / step) * step;
  return [
    Math.max(down(bounds.getWest(), across), -180), Math.max(down(bounds.getSouth(), along), -90),
    Math.min(up(bounds.getEast(), across), 180), Math.min(up(bounds.getNorth(), along), 90),
  ].map((degrees) => +degrees.toFixed(7));
}

// A real button, with its own name: the keyboard and screen readers need nothing else.
function button(place, name, { className, size, text = "" }, options = {}) {
  const icon = L.divIcon({ className, iconSize: [size, size] });
  icon.createIcon = () => {
    const made = Object.assign(document.createElement("button"), { type: "button" });
    made.setAttribute("aria-label", name);
    if (text) made.append(Object.assign(document.createElement("span"), { textContent: text }));
    icon._setIconStyles(made, "icon");
    return made;
  };
  return L.marker(place, { icon, title: name, keyboard: false, riseOnHover: true, ...options });
}

// --- The agenda's map ------------------------------------------------------------------------------------------------

function agenda(element) {
  const words = element.dataset;
  const map = open(element);
  L.control.scale({ imperial: false, position: "topright" }).addTo(map);
  const status = element.parentElement.querySelector("[data-map-status]");
  const shown = new Map();
  const fit = (edges) => {
    const box = edges.split(",").map(Number);
    if (box.length !== 4) return map.fitBounds(FRANCE);
    // What is at the edge is not under a button.
    map.fitBounds([box.slice(0, 2), box.slice(2)], { paddingTopLeft: [64, 24], paddingBottomRight: [24, 24] });
  };
  fit(words.box);

  follow(map, words.source, words.filters, ({ markers }) => {
    // Those that stay are left alone, so that the one that has the focus keeps it.
    const found = new Map(markers.map((marker) => [JSON.stringify(marker), marker]));
    for (const [key, marker] of shown) if (!found.has(key)) marker.remove(), shown.delete(key);
    for (const [key, marker] of found) if (!shown.has(key)) shown.set(key, draw(marker, map, words));
    const count = markers.reduce((sum, marker) => sum + marker.count, 0);
    const sentence = count > 1 ? words.many : count ? words.one : words.none;
    status.textContent = sentence.replace("{count}", number.format(count));
    uncover(map);
    element.dataset.ready = markers.length;
  });
  element.addEventListener("keydown", ({ key }) => key === "Escape" && map.closePopup());

  const go = (move) => {
    map.closePopup();
    move();
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: "nearest" });
  };
  for (const link of element.parentElement.querySelectorAll("[data-edges]")) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      go(() => fit(link.dataset.edges));
    });
  }
  const near = element.parentElement.querySelector("[data-map-near]");
  if (!near || !navigator.geolocation) return;
  near.hidden = false;
  // Asked when pressed, and kept here: the map moves, and asks about its squares as it always does.
  near.querySelector("button").addEventListener("click", () => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => go(() => map.setView([coords.latitude, coords.longitude], 11)),
      () => (status.textContent = near.querySelector("[role=alert]").textContent = words.lost),
      { maximumAge: 600_000, timeout: 10_000 },
    );
  });
}

function draw(found, map, words) {
  const place = [found.latitude, found.longitude];
  if (found.count === 1) {
    const name = [found.title, found.place, found.when].filter(Boolean).join(", ");
    const marker = button(place, name, { className: "map-event", size: 28 }).addTo(map);
    return marker.on("click", () => show(card([found]), marker, map, words));
  }
  const text = number.format(found.count);
  const name = (found.box ? words.cluster : words.clusterHere).replace("{count}", text).replace("{place}", found.place);
  const size = Math.min(36 + 9 * Math.log10(found.count), 68);
  const marker = button(place, name, { className: "map-cluster", size, text }).addTo(map);
  return marker.on("click", async () => {
    if (!found.box) return show(await list(found, name, words), marker, map, words);
    const [south, west, north, east] = found.box;
    map.fitBounds([[south, west], [north, east]], { padding: [40, 40], maxZoom: Math.max(12, map.getZoom() + 2) });
    map.getContainer().focus({ preventScroll: true });
  });
}

function show(content, marker, map, words) {
  const popup = L.popup({ offset: [0, -8], maxHeight: 260, autoPanPaddingTopLeft: [72, 16], autoPanPaddingBottomRight: [16, 16] }).setLatLng(marker.getLatLng()).setContent(content);
  popup.openOn(map);
  popup.getElement().querySelector(".leaflet-popup-close-button").setAttribute("aria-label", words.close);
  popup.on("remove", () => marker.getElement()?.focus({ preventScroll: true }));
  content.querySelector("a").focus({ preventScroll: true });
}

// The next events of one place, and the way to all of them; that way alone when they do not come.
async function list({ url }, name, words) {
  let events = [];
  try {
    const answer = await fetch(words.here + url.slice(url.indexOf("?")));
    if (answer.ok) ({ events } = await answer.json());
  } catch {
    // The network is down: the link says it better than nothing.
  }
  const content = card(events);
  content.prepend(Object.assign(document.createElement("p"), { textContent: name }));
  content.append(Object.assign(document.createElement("a"), { href: url, textContent: words.list }));
  return content;
}

function card(events) {
  const content = Object.assign(document.createElement("div"), { className: "map-card" });
  for (const { url, title, when, place, of } of events) {
    const line = [when, place, of].filter(Boolean).join(", ");
    const link = Object.assign(document.createElement("a"), { href: url, textContent: title });
    content.append(link, Object.assign(document.createElement("p"), { textContent: line }));
  }
  return content;
}

// --- One event -------------------------------------------------------------------------------------------------------

function point(element) {
  const { latitude, longitude, name } = element.dataset;
  const place = [Number(latitude), Number(longitude)];
  const map = open(element).setView(place, 14);
  button(place, name, { className: "map-event", size: 28 }).addTo(map);
}

// --- Setting a point -------------------------------------------------------------------------------------------------

function picker(element) {
  const { name, moved } = element.dataset;
  const form = element.closest("form");
  const status = element.parentElement.querySelector("[data-map-status]");
  const [latitude, longitude] = ["latitude", "longitude"].map((each) => form.elements[each]);
  const known = [latitude, longitude].every(({ value }) => value && Number.isFinite(Number(value)));
  const map = open(element);
  L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
  const marker = button([0, 0], name, { className: "map-event map-point", size: 32 }, { draggable: true });

  const put = (place) => {
    marker.setLatLng(place).addTo(map);
    element.dataset.ready = "1";
  };
  const set = (place) => {
    put(place);
    latitude.value = place.lat.toFixed(5);
    longitude.value = place.lng.toFixed(5);
  };
  const nudge = (event) => {
    const by = { ArrowUp: [0, -8], ArrowDown: [0, 8], ArrowLeft: [-8, 0], ArrowRight: [8, 0] }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    set(map.containerPointToLatLng(map.latLngToContainerPoint(marker.getLatLng()).add(by)));
    map.panInside(marker.getLatLng(), { padding: [40, 40] });
    status.textContent = moved;
  };
  marker.on("add", () => marker.getElement().addEventListener("keydown", nudge));
  marker.on("dragend", () => set(marker.getLatLng()));
  map.on("click", ({ latlng }) => set(latlng));

  if (known) {
    const place = L.latLng(Number(latitude.value), Number(longitude.value));
    map.setView(place, 11);
    put(place);
  } else map.fitBounds(FRANCE);
  form.addEventListener("commune:chosen", ({ detail }) => {
    if (!Number.isFinite(detail.latitude)) return;
    const centre = L.latLng(detail.latitude, detail.longitude);
    map.setView(centre, 11);
    set(centre);
  });
}
