(() => {
"use strict";
const all = (what, within = document) => [...within.querySelectorAll(what)];
const make = (tag, props = {}, ...inside) => { const e = Object.assign(document.createElement(tag), props); e.append(...inside); return e; };

// Long tables fold on a phone.
const phone = matchMedia("(max-width: 600px)");
(phone.onchange = () => all(".fold").forEach(e => { e.open = !phone.matches || e.querySelector(":target") !== null; }))();

// Values of a chart under the pointer and the arrow keys.
for (const figure of all("figure[data-values]")) {
  const texts = figure.dataset.values.split("|"), out = make("output", {className: "reading", ariaLive: "polite"});
  const slide = make("input", {type: "range", max: texts.length - 1, value: texts.length - 1, ariaLabel: "Values of " + figure.id});
  const marks = all("svg[data-at]", figure).map(svg => {
    const at = svg.dataset.at.split(" ").map(pair => pair.split(",").map(Number));
    const rows = at.every(p => p[0] === at[0][0]), box = svg.viewBox.baseVal;
    const line = document.createElementNS(svg.namespaceURI, "path");
    line.setAttribute("class", "here"); svg.append(line);
    svg.addEventListener("pointermove", event => {
      const edge = svg.getBoundingClientRect(), scale = box.width / edge.width;
      const p = rows ? (event.clientY - edge.top) * scale : (event.clientX - edge.left) * scale, k = rows ? 1 : 0;
      let best = 0; at.forEach((q, i) => { if (Math.abs(q[k] - p) < Math.abs(at[best][k] - p)) best = i; });
      if (+slide.value !== best || !out.value) { slide.value = best; show(); }
    });
    return i => line.setAttribute("d", rows ? `M4 ${at[i][1] + 8}H${box.width - 4}` : `M${at[i][0]} 46V${box.height - 40}`);
  });
  const show = () => { out.value = texts[slide.value]; slide.ariaValueText = out.value; marks.forEach(m => m(+slide.value)); };
  slide.addEventListener("input", show);
  figure.querySelector("figcaption").before(make("p", {className: "tools"}, make("span", {textContent: "Values"}), slide, out));
}

// A chart as PNG, in the colours of the page.
const saved = figure => {
  const svg = all("svg", figure).find(e => e.getBoundingClientRect().width), box = svg.viewBox.baseVal, copy = svg.cloneNode(true);
  const page = getComputedStyle(document.documentElement), ink = name => page.getPropertyValue(name).trim();
  for (const e of all("*", copy)) for (const a of e.attributes) a.value = a.value.replace(/var\((--[\w-]+)\)/g, (_, name) => ink(name));
  for (const [name, value] of [["xmlns", "http://www.w3.org/2000/svg"], ["width", box.width * 3], ["height", box.height * 3], ["font-family", "DejaVu Sans, Verdana, sans-serif"]]) copy.setAttribute(name, value);
  const image = new Image();
  image.onload = () => {
    const canvas = make("canvas", {width: box.width * 3, height: box.height * 3}), pen = canvas.getContext("2d");
    pen.fillStyle = ink("--white"); pen.fillRect(0, 0, canvas.width, canvas.height); pen.drawImage(image, 0, 0);
    make("a", {href: canvas.toDataURL("image/png"), download: figure.id + ".png"}).click();
  };
  image.src = "data:image/svg+xml," + encodeURIComponent(new XMLSerializer().serializeToString(copy));
};
for (const figure of all("figure.chart")) {
  const button = make("button", {type: "button", className: "save", textContent: "Save as PNG", onclick: () => saved(figure)});
  figure.querySelector(".download")?.after(" ", button);
}

// Tables that sort by a column.
const number = text => { const n = text.match(/^(\d+\s)?[A-Z][a-z]+\s\d{4}$/) ? Date.parse(text.replace(/\s/g, " ")) : parseFloat(text.replace("−", "-").replace(/^[<>+≥ ]+/, "")); return isNaN(n) ? null : n; };
for (const table of all(".scroll table")) all("thead th", table).forEach((head, place) => {
  const button = make("button", {type: "button"}, ...head.childNodes); head.append(button);
  button.addEventListener("click", () => {
    const down = head.ariaSort === "ascending", body = table.tBodies[0];
    for (const other of all("th[aria-sort]", table)) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    body.append(...[...body.rows].sort((a, b) => {
      const [x, y] = [a, b].map(row => row.cells[place].textContent), [m, n] = [number(x), number(y)];
      return (down ? -1 : 1) * (m !== null && n !== null ? m - n : x.localeCompare(y));
    }));
  });
});

// One number by definition and scope, of those on the page.
for (const box of all("[data-numbers]")) {
  const told = JSON.parse(box.dataset.numbers), [what, whose] = all("select", box);
  what.onchange = whose.onchange = () => { box.lastChild.value = told[what.value][whose.value]; };
  box.hidden = false; what.onchange();
}

// Levers: both frontiers draw by draw, as gaplab/outlook/paths.py moves them.
for (const box of all("[data-draws]")) {
  const d = JSON.parse(box.dataset.draws), raw = atob(d.draws), n = d.past.length, h = d.horizon, wide = n + 2 * h + 3;
  const data = Array.from({length: raw.length / 2}, (_, i) => ((raw.charCodeAt(2 * i) | raw.charCodeAt(2 * i + 1) << 8) << 16 >> 16) * d.unit);
  const sliders = all("input", box), [fan, middle] = all(".moves", box);
  const lagsOf = (at, [leader, pause, follower, diffusion]) => {
    const times = [...d.past], path = data.slice(at, at + n), own = at + n + h, lag = [];
    let [level, kappa, catching] = data.slice(own + h, at + wide);
    for (let m = 0; m < h; m++) {
      times.push(m + 1); path.push(path[n + m - 1] + data[at + n + m] * leader * (1 - Math.min(1, Math.max(0, pause - m))));
    }
    const gain = (catching ? 1 : Math.exp(0 - kappa)) - Math.exp(0 - kappa * diffusion);
    for (let m = 0, i = 0; m <= h; m++) {
      while (path[i] < level) i++;
      lag.push(Math.max(-99, i === n + h ? m - h - (level - path[i - 1]) / ((path[i - 1] - path[i - 13]) / 12) : m - times[i] + (i && (path[i] - level) / (path[i] - path[i - 1]) * (times[i] - times[i - 1]))));
      level += follower * Math.max(data[own + m] + gain * Math.max(path[n - 1 + m] - level, 0), 0);
    }
    return lag;
  };
  const show = () => {
    const set = sliders.map(slide => { slide.nextSibling.value = slide.value; return +slide.value; }), lags = [];
    for (let at = 0; at < data.length; at += wide) lags.push(lagsOf(at, set));
    const months = lags[0].map((_, m) => lags.map(lag => lag[m]).sort((a, b) => a - b));
    const [low, mid, high] = [.1, .5, .9].map(p => months.map(s => s[Math.round(p * (s.length - 1))]));
    const line = v => v.map((w, m) => `${40 + 440 * m / h},${d.zero - d.scale * Math.max(d.least, Math.min(d.most, w))}`);
    fan.setAttribute("points", [...line(low), ...line(high).reverse()].join(" "));
    middle.setAttribute("points", line(mid).join(" "));
    const share = over => Math.round(100 * months[12].filter(over).length / lags.length) + "%", said = v => v < -90 ? "ahead for good" : v.toFixed(1).replace("-", "−");
    box.lastChild.value = `In 12 months, in months behind: ${said(mid[12])} (80% ${said(low[12])} to ${said(high[12])}; below zero is ahead). More than 6: ${share(v => v > 6)}, 9: ${share(v => v > 9)}, 12: ${share(v => v > 12)}; ahead: ${share(v => v < 0)}.`;
  };
  sliders.forEach(slide => { slide.oninput = show; });
  box.querySelector("button").onclick = () => { sliders.forEach(slide => { slide.value = slide.defaultValue; }); show(); };
  box.hidden = false; show();
}
})();
