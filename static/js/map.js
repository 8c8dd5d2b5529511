// Maps: the agenda's, one event's, and the one on which an organiser sets a point. Leaflet is fetched when one is seen.

const FRANCE = [[41.3, -5.3], [51.2, 9.7]];
const TILE = 256;

const maps = document.querySelectorAll("[data-map]");
const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    leaflet(target).then(() => start[target.dataset.map](target));
  }
}, { rootMargin: "200px" });
maps.forEach((map) => {
  map.hidden = false;
  seen.observe(map);
});

const start = { agenda, point, picker };

let loading;
function leaflet({ dataset }) {
  loading ??= new Promise((resolve, reject) => {
    const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: dataset.leafletCss });
    const script = Object.assign(document.createElement("script"), { src: dataset.leafletJs, onload: resolve, onerror: reject });
    document.head.append(style, script);
  });
  return loading;
}

function open(element, options = {}) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(element, {
    minZoom: 3, maxZoom: 16, zoomControl: false, worldCopyJump: false,
    fadeAnimation: !calm, zoomAnimation: !calm, markerZoomAnimation: !calm, ...options,
  });
  map.attributionControl.setPrefix(false);
  const { zoomIn, zoomOut, tiles, attribution, outlines } = element.dataset;
  L.control.zoom({ position: "bottomright", zoomInTitle: zoomIn, zoomOutTitle: zoomOut }).addTo(map);
  if (tiles) L.tileLayer(tiles, { attribution }).addTo(map);
  else drawOutlines(map, outlines);
  return map;
}

async function drawOutlines(map, address) {
  const answer = await fetch(address);
  const shapes = await answer.json();
  L.geoJSON(shapes, { interactive: false, className: "map-outline" }).addTo(map).bringToBack();
}

// --- The agenda's map ------------------------------------------------------------------------------------------------

function agenda(element) {
  const map = open(element);
  const layer = L.layerGroup().addTo(map);
  const box = element.dataset.box.split(",").map(Number);
  map.fitBounds(box.length === 4 ? [box.slice(0, 2), box.slice(2)] : FRANCE);
  let asked;
  const refresh = async () => {
    const query = new URLSearchParams(element.dataset.filters);
    query.set("bbox", snapped(map).join(","));
    query.set("zoom", map.getZoom());
    const address = `${element.dataset.source}?${query}`;
    if (address === asked) return;
    asked = address;
    const answer = await fetch(address);
    if (!answer.ok || address !== asked) return;
    const { markers } = await answer.json();
    layer.clearLayers();
    for (const marker of markers) draw(marker, map, layer, element.dataset);
    element.dataset.ready = markers.length;
  };
  map.on("moveend", refresh);
  refresh();
}

// The same box for everyone who looks at nearly the same place: one cached answer serves them all.
function snapped(map) {
  const bounds = map.getBounds();
  const step = (360 / 2 ** map.getZoom()) * (TILE / 256) / 2;
  const down = (degrees) => Math.floor(degrees / step) * step;
  const up = (degrees) => Math.ceil(degrees / step) * step;
  return [
    Math.max(down(bounds.getWest()), -180), Math.max(down(bounds.getSouth()), -90),
    Math.min(up(bounds.getEast()), 180), Math.min(up(bounds.getNorth()), 90),
  ].map((degrees) => +degrees.toFixed(6));
}

function draw(found, map, layer, words) {
  const alone = found.count === 1;
  const name = alone
    ? [found.title, found.place, found.when].filter(Boolean).join(", ")
    : words.cluster.replace("{count}", found.count).replace("{place}", found.place);
  const size = alone ? 28 : 34 + Math.min(18, 5 * Math.log10(found.count) * 2);
  const marker = L.marker([found.latitude, found.longitude], {
    icon: L.divIcon({ className: alone ? "map-event" : "map-cluster", html: alone ? "" : `<span>${Number(found.count)}</span>`, iconSize: [size, size] }),
    title: name,
    riseOnHover: true,
  }).addTo(layer);
  marker.getElement().setAttribute("aria-label", name);
  if (alone || found.url) marker.bindPopup(card(found, name, words));
  else marker.on("click", () => map.setView(marker.getLatLng(), Math.min(map.getZoom() + 2, map.getMaxZoom())));
}

function card(found, name, words) {
  const popup = document.createElement("div");
  popup.className = "map-card";
  const link = Object.assign(document.createElement("a"), { href: found.url, textContent: found.title ?? name });
  popup.append(link);
  const rest = found.title ? `${found.when}${found.place ? `, ${found.place}` : ""}` : words.list;
  popup.append(Object.assign(document.createElement("p"), { textContent: rest }));
  return popup;
}

// --- One event -------------------------------------------------------------------------------------------------------

function point(element) {
  const place = [Number(element.dataset.latitude), Number(element.dataset.longitude)];
  const map = open(element, { scrollWheelZoom: false });
  map.setView(place, 9);
  pin(place, map, element.dataset.name);
}

function pin(place, map, name, options = {}) {
  const marker = L.marker(place, { icon: L.divIcon({ className: "map-event", iconSize: [28, 28] }), title: name, ...options }).addTo(map);
  marker.getElement().setAttribute("aria-label", name);
  return marker;
}

// --- Setting a point -------------------------------------------------------------------------------------------------

function picker(element) {
  const form = element.closest("form");
  const [latitude, longitude] = ["latitude", "longitude"].map((name) => form.elements[name]);
  const map = open(element, { scrollWheelZoom: false });
  const name = element.dataset.name;
  let marker;

  const set = (place) => {
    latitude.value = place.lat.toFixed(5);
    longitude.value = place.lng.toFixed(5);
  };
  const show = (place, zoom) => {
    map.setView(place, zoom ?? map.getZoom());
    if (marker) marker.setLatLng(place);
    else {
      marker = pin(place, map, name, { draggable: true });
      marker.on("dragend", () => set(marker.getLatLng()));
      marker.getElement().addEventListener("keydown", nudge);
    }
  };
  const nudge = (event) => {
    const move = { ArrowUp: [0, -8], ArrowDown: [0, 8], ArrowLeft: [-8, 0], ArrowRight: [8, 0] }[event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    marker.setLatLng(map.containerPointToLatLng(map.latLngToContainerPoint(marker.getLatLng()).add(move)));
    set(marker.getLatLng());
  };

  map.fitBounds(FRANCE);
  if (latitude.value && longitude.value) show(L.latLng(Number(latitude.value), Number(longitude.value)), 12);
  map.on("click", ({ latlng }) => {
    show(latlng);
    set(latlng);
  });
  form.addEventListener("commune:chosen", ({ detail }) => {
    if (detail.latitude === undefined) return;
    const centre = L.latLng(detail.latitude, detail.longitude);
    show(centre, 12);
    set(centre);
  });
}
