"use strict";

// Fetches the board every two seconds and puts in place only what changed, so that reading, focus and half-written
// answers stay where they are.
(() => {
  const board = document.getElementById("posts");
  const news = document.getElementById("news");
  const PAUSE = 2000;
  let revision = board.dataset.revision;
  let timer = 0;

  const element = (html) => {
    const holder = document.createElement("template");
    holder.innerHTML = html.trim();
    return holder.content.firstElementChild;
  };

  // Somebody is writing here, or has opened the form: leave it alone until that is over.
  const inUse = (node) => node.contains(document.activeElement) || node.querySelector("details[open]") !== null;

  const cards = (root) => root.querySelectorAll("article").length;

  const arrange = (list, posts) => {
    const before = new Map([...list.children].map((item) => [item.id, item]));
    const counted = { added: 0, gone: 0 };
    let place = null;
    for (const post of posts) {
      let item = before.get(post.id);
      before.delete(post.id);
      if (item === undefined) {
        item = element(post.html);
        item.classList.add("fresh");
        counted.added += cards(item);
      } else if (item.dataset.revision !== post.revision && !inUse(item)) {
        const next = element(post.html);
        const more = cards(next) - cards(item);
        counted[more > 0 ? "added" : "gone"] += Math.abs(more);
        item.replaceWith(next);
        item = next;
      }
      const next = place === null ? list.firstElementChild : place.nextElementSibling;
      if (next !== item) {
        list.insertBefore(item, next);
      }
      place = item;
    }
    for (const item of before.values()) {
      counted.gone += cards(item);
      item.remove();
    }
    list.parentElement.querySelector(".none").hidden = posts.length > 0;
    return counted;
  };

  const show = (answer) => {
    let added = 0;
    let gone = 0;
    for (const [network, posts] of Object.entries(answer.posts)) {
      const counted = arrange(document.getElementById(`posts-${network}`), posts);
      added += counted.added;
      gone += counted.gone;
    }
    for (const [name, html] of Object.entries(answer.parts)) {
      const part = document.getElementById(`part-${name}`);
      if (!part.contains(document.activeElement)) {
        part.innerHTML = html;
      }
    }
    const said = [];
    if (added > 0) {
      said.push(news.dataset.new.replace("{n}", added));
    }
    if (gone > 0) {
      said.push(news.dataset.gone.replace("{n}", gone));
    }
    if (said.length > 0) {
      news.textContent = said.join(" ");
    } else if (news.textContent === news.dataset.stopped) {
      news.textContent = "";
    }
    // An item in use was left as it was, so the same revision is asked for again.
    const waiting = Object.values(answer.posts).flat().some((post) => {
      const item = document.getElementById(post.id);
      return item !== null && item.dataset.revision !== post.revision;
    });
    revision = waiting ? "" : answer.revision;
  };

  const look = async () => {
    window.clearTimeout(timer);
    try {
      const response = await fetch(`${board.dataset.source}&since=${encodeURIComponent(revision)}`);
      const answer = await response.json();
      if (answer.revision !== revision && answer.posts) {
        show(answer);
      } else if (news.textContent === news.dataset.stopped) {
        news.textContent = "";
      }
    } catch {
      news.textContent = news.dataset.stopped;
    }
    if (!document.hidden) {
      timer = window.setTimeout(look, PAUSE);
    }
  };

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) {
      look();
    }
  });
  timer = window.setTimeout(look, PAUSE);
})();
