"use strict";
// Only adds to the page: sorting, filtering, hover and zoom. Without it everything can be read.
(() => {
  // Rows of a table that are shown at once; a browser lays out no more in a moment.
  const PAGE = 500;
  const sheets = [...document.querySelectorAll("table.matrix")].map((table) => {
    const body = table.tBodies[0];
    return { table, body, rows: [...body.rows], all: body.rows.length <= PAGE };
  });
  const number = new Intl.NumberFormat("en");

  // A link may lead into what is folded away, or to a row that is not shown yet.
  function reveal() {
    const target = document.getElementById(location.hash.slice(1));
    if (!target) return;
    for (let at = target; at; at = at.parentElement) if (at.localName === "details") at.open = true;
    const sheet = sheets.find(({ rows }) => rows.includes(target));
    if (sheet && target.hidden) {
      filter.value = "";
      onlyFindings.checked = false;
      sheet.all = true;
      apply();
    }
    target.scrollIntoView({ block: "center" });
  }

  // The beginning of a text as a number; commas group thousands.
  function value(cell) {
    const text = cell.textContent.replaceAll(",", "");
    const found = parseFloat(text.replace(/^[<>] /, ""));
    return text.startsWith("–") ? null : Number.isNaN(found) ? text : found;
  }

  function sort(sheet, column, heading, numeric) {
    const descending = heading.getAttribute("aria-sort") === "ascending";
    for (const other of sheet.table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const order = new Intl.Collator("en", { numeric: true });
    const keyed = sheet.rows.map((row) => {
      const cell = row.cells[column];
      return { row, key: numeric ? value(cell) : cell.textContent.trim() || null };
    });
    keyed.sort((a, b) => {
      // What is missing stays at the end, whatever the direction.
      if (a.key === null || b.key === null) return (a.key === null) - (b.key === null);
      const by = typeof a.key === "number" && typeof b.key === "number"
        ? a.key - b.key
        : order.compare(a.key, b.key);
      return descending ? -by : by;
    });
    sheet.rows = keyed.map(({ row }) => row);
    sheet.body.append(...sheet.rows);
    apply();
  }

  const filter = document.getElementById("filter");
  const onlyFindings = document.getElementById("only-findings");
  const told = document.getElementById("filtered");

  function apply() {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let matching = 0;
    let total = 0;
    for (const sheet of sheets) {
      // What all rows have in common stands above them and is searched too.
      const section = sheet.table.closest(".sheet");
      sheet.common ??= [...section.querySelectorAll("h3,.same")].map((e) => e.textContent).join(" ").toLowerCase();
      let found = 0;
      for (const row of sheet.rows) {
        row.searched ??= row.textContent.toLowerCase();
        const has = (word) => row.searched.includes(word) || sheet.common.includes(word);
        const fits = words.every(has) && (!onlyFindings.checked || row.querySelector("a.critical,a.warning,a.info"));
        row.hidden = !fits || (!sheet.all && found >= PAGE);
        if (fits) found += 1;
      }
      section.hidden = found === 0;
      more(sheet, found);
      matching += found;
      total += sheet.rows.length;
    }
    told.value = words.length || onlyFindings.checked ? `${number.format(matching)} of ${number.format(total)} cells` : "";
  }

  function more(sheet, found) {
    if (!sheet.more) {
      sheet.more = document.createElement("button");
      sheet.more.type = "button";
      sheet.more.className = "more";
      sheet.more.addEventListener("click", () => {
        sheet.all = true;
        apply();
      });
      sheet.table.closest(".scroll").after(sheet.more);
    }
    sheet.more.hidden = sheet.all || found <= PAGE;
    sheet.more.textContent = `Show all ${number.format(found)} rows; the first ${PAGE} are shown`;
  }

  for (const sheet of sheets) {
    [...sheet.table.tHead.rows[0].cells].forEach((heading, column) => {
      // No <button>: on paper it would be left out of the headings that each page repeats.
      const button = document.createElement("span");
      button.setAttribute("role", "button");
      button.tabIndex = 0;
      button.append(...heading.childNodes);
      const act = () => sort(sheet, column, heading, heading.classList.contains("n"));
      button.addEventListener("click", act);
      button.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        act();
      });
      heading.append(button);
    });
  }
  if (filter) {
    for (const element of document.querySelectorAll(".scripted")) element.hidden = false;
    filter.form.addEventListener("submit", (event) => event.preventDefault());
    let waiting;
    filter.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(apply, 120);
    });
    onlyFindings.addEventListener("change", apply);
    if (sheets.some((sheet) => !sheet.all)) apply();
    // On paper nobody can ask for the other rows.
    const folded = sheets.filter((sheet) => !sheet.all);
    const unfold = (all) => {
      for (const sheet of folded) [sheet.all, sheet.asked] = [all || sheet.asked, sheet.all];
      apply();
    };
    addEventListener("beforeprint", () => unfold(true));
    addEventListener("afterprint", () => unfold(false));
  }

  // Figures: what is told of a point by its title is shown at once for the nearest one.
  function figure(holder) {
    const svg = holder.querySelector("svg");
    const whole = svg.viewBox.baseVal;
    const home = [whole.x, whole.y, whole.width, whole.height];
    let view = home;
    const points = [...svg.querySelectorAll("circle>title,path>title")].map((title) => {
      const shape = title.parentElement;
      const box = shape.getBBox();
      return { shape, text: title.textContent, x: box.x + box.width / 2, y: box.y + box.height / 2 };
    });
    // The browser's own hint would cover ours.
    for (const { shape } of points) shape.querySelector("title").remove();
    const tip = document.createElement("div");
    tip.className = "tip";
    tip.setAttribute("role", "status");
    tip.hidden = true;
    const tools = document.createElement("div");
    tools.className = "tools";
    const button = (text, label, act) => {
      const made = document.createElement("button");
      made.type = "button";
      made.textContent = text;
      made.setAttribute("aria-label", label);
      made.addEventListener("click", act);
      tools.append(made);
    };
    let current = -1;

    function look(next) {
      const width = Math.min(home[2], Math.max(home[2] / 40, next[2]));
      const height = (width * home[3]) / home[2];
      const within = (from, size, start, room) => Math.min(Math.max(from, start), start + room - size);
      view = [within(next[0], width, home[0], home[2]), within(next[1], height, home[1], home[3]), width, height];
      svg.setAttribute("viewBox", view.join(" "));
      holder.classList.toggle("zoomed", width < home[2]);
      tip.hidden = true;
    }
    function zoom(factor, x, y) {
      const [left, top, width, height] = view;
      look([x - (x - left) * factor, y - (y - top) * factor, width * factor, height * factor]);
    }
    const middle = () => [view[0] + view[2] / 2, view[1] + view[3] / 2];
    function place(event) {
      const box = svg.getBoundingClientRect();
      const scale = view[2] / box.width;
      return [view[0] + (event.clientX - box.left) * scale, view[1] + (event.clientY - box.top) * scale, scale];
    }
    function show(at) {
      current = at;
      const point = points[at];
      tip.hidden = !point;
      if (!point) return;
      tip.textContent = point.text;
      const box = svg.getBoundingClientRect();
      const scale = box.width / view[2];
      const x = (point.x - view[0]) * scale;
      const y = (point.y - view[1]) * scale;
      const flip = x > box.width / 2;
      tip.style.left = flip ? "" : `${x + 12}px`;
      tip.style.right = flip ? `${holder.clientWidth - x + 12}px` : "";
      tip.style.top = `${Math.max(0, y - 12)}px`;
    }
    svg.addEventListener("pointermove", (event) => {
      const [x, y, scale] = place(event);
      if (event.buttons && holder.classList.contains("zoomed")) {
        look([view[0] - event.movementX * scale, view[1] - event.movementY * scale, view[2], view[3]]);
        return;
      }
      let nearest = -1;
      let least = 24 * scale;
      points.forEach((point, at) => {
        const far = Math.hypot(point.x - x, point.y - y);
        if (far < least) [nearest, least] = [at, far];
      });
      show(nearest);
    });
    svg.addEventListener("pointerleave", () => show(-1));
    svg.addEventListener("dblclick", (event) => zoom(0.5, ...place(event)));
    svg.addEventListener("wheel", (event) => {
      // Plain scrolling goes through the page.
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const [x, y] = place(event);
      zoom(event.deltaY > 0 ? 1.25 : 0.8, x, y);
    }, { passive: false });
    svg.tabIndex = 0;
    svg.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (step && points.length) {
        show((current + step + points.length) % points.length);
      } else if (event.key === "+") {
        zoom(0.8, ...middle());
      } else if (event.key === "-") {
        zoom(1.25, ...middle());
      } else if (event.key === "0") {
        look(home);
      } else if (event.key === "Escape") {
        show(-1);
      } else {
        return;
      }
      event.preventDefault();
    });
    button("+", "Zoom in", () => zoom(0.7, ...middle()));
    button("−", "Zoom out", () => zoom(1.4, ...middle()));
    button("Reset", "Show the whole figure", () => look(home));
    tools.append("Point at a mark for its values. Double click or Ctrl and the wheel zoom, dragging moves; with the keyboard arrows and + − 0.");
    holder.append(tip, tools);
  }

  // A box is known once the figure is shown; those that are folded away wait for it.
  for (const holder of document.querySelectorAll(".figure")) {
    const folded = holder.closest("details");
    if (!folded || folded.open) figure(holder);
    else folded.addEventListener("toggle", () => figure(holder), { once: true });
  }

  addEventListener("hashchange", reveal);
  reveal();
})();
