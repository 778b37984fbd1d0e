/** The widget's style sheet, adopted by its shadow root, so that it works where a policy forbids inline styles. */

export const css = `
:host { all: initial; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }

.root {
  --brand: var(--bellhop-brand, #24574c); --on-brand: #fff; --accent: var(--brand); --lightest: .5; --darkest: 0;
  --bg: #fff; --soft: #f3f5f6; --text: #1b222b; --muted: #58626f; --line: #e2e6ea; --bad: #b3261e;
  --shadow: 0 2px 6px #0002, 0 16px 44px #0003;
  --radius: var(--bellhop-radius, 18px);
  color: var(--text);
  font: 400 15px/1.45 var(--bellhop-font, -apple-system, "Segoe UI", Roboto, Arial, sans-serif);
  text-align: start;
}
.root[data-theme="dark"] {
  --bg: #171b21; --soft: #242b34; --text: #eef1f4; --muted: #a7b1bd; --line: #323b46; --bad: #ff8f86;
  --shadow: 0 2px 6px #0006, 0 16px 44px #0008;
  --accent: #9fd0c4; --lightest: 1; --darkest: .78;
  color-scheme: dark;
}
/* Whatever the brand colour, what is written on it and in it can be read: white up to the luminance at which black is as good. */
@supports (color: oklch(from red l c h)) {
  .root[data-theme] { --on-brand: color(from var(--brand) xyz clamp(0, (.179 - y) * 9999, .95) clamp(0, (.179 - y) * 9999, 1) clamp(0, (.179 - y) * 9999, 1.08)); --accent: oklch(from var(--brand) clamp(var(--darkest), l, var(--lightest)) c h); }
}
button, input, textarea { font: inherit; color: inherit; margin: 0; }
button { cursor: pointer; border: 0; background: none; padding: 0; }
p, h2, dl, dd, ul { margin: 0; padding: 0; }
a { color: inherit; text-decoration: underline; }
:focus { outline: none; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.icon { width: 22px; height: 22px; display: block; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.launcher {
  position: fixed; z-index: var(--bellhop-z, 2147483000);
  bottom: calc(var(--bellhop-inset, 20px) + env(safe-area-inset-bottom)); right: var(--bellhop-inset, 20px);
  width: 60px; height: 60px; border-radius: 50%; display: grid; place-items: center;
  background: var(--brand); color: var(--on-brand); box-shadow: var(--shadow);
  transition: scale .18s;
}
.launcher:hover { scale: 1.05; }
.launcher:focus-visible { outline-offset: 3px; }
.launcher .icon { width: 28px; height: 28px; }
.when-open, .open .when-closed { display: none; }
.open .when-open { display: block; }
.unread {
  position: absolute; top: -4px; right: -4px; min-width: 22px; height: 22px; padding: 0 6px; border-radius: 11px;
  background: #c22f24; color: #fff; font-size: 12px; font-weight: 600; line-height: 22px; text-align: center; box-shadow: 0 0 0 2px var(--bg);
}

.panel {
  position: fixed; z-index: var(--bellhop-z, 2147483000);
  right: var(--bellhop-inset, 20px); bottom: calc(var(--bellhop-inset, 20px) + 74px + env(safe-area-inset-bottom));
  width: 392px; height: min(680px, 100vh - 114px); max-width: calc(100vw - 40px);
  display: flex; flex-direction: column; overflow: hidden;
  background: var(--bg); border-radius: var(--radius); box-shadow: var(--shadow); animation: rise .2s;
}
.root[data-theme="dark"] .panel { border: 1px solid var(--line); }
[data-side="left"] :is(.launcher, .panel) { right: auto; left: var(--bellhop-inset, 20px); }
@keyframes rise { from { opacity: 0; translate: 0 14px; } }

.head { display: flex; align-items: center; gap: 12px; padding: 14px 12px 14px 16px; background: var(--brand); color: var(--on-brand); }
.head .avatar { width: 40px; height: 40px; background: color-mix(in srgb, currentColor 16%, transparent); color: inherit; }
.titles { flex: 1; min-width: 0; }
.titles h2 { font-size: 16px; line-height: 1.25; font-weight: 600; overflow-wrap: anywhere; }
.subtitle { font-size: 13px; line-height: 1.35; }
.tool { width: 40px; height: 40px; border-radius: 12px; display: grid; place-items: center; }
.tool:hover { background: color-mix(in srgb, currentColor 14%, transparent); }
.head .tool:focus-visible { outline-color: currentColor; outline-offset: -2px; }
.menu-holder { position: relative; margin-right: -8px; }
.tool .icon { stroke-width: 2.4; }
.menu {
  position: absolute; right: 0; top: 46px; z-index: 2; width: max-content; max-width: 250px; padding: 6px; border-radius: 14px;
  background: var(--bg); color: var(--text); border: 1px solid var(--line); box-shadow: var(--shadow);
}
.menu button { display: flex; align-items: center; gap: 12px; width: 100%; min-height: 44px; padding: 0 12px; border-radius: 9px; text-align: start; }
.menu button:hover { background: var(--soft); }
.menu .icon { color: var(--muted); }
.banner { padding: 9px 16px; font-size: 13px; }
.badge, .banner, .customer[data-state="failed"] .bubble { background: color-mix(in srgb, var(--tone, #3f7fd6) 15%, var(--bg)); color: color-mix(in srgb, var(--tone, #3f7fd6) 52%, var(--text)); }
.good { --tone: #2f9e5f; }
.warn { --tone: #c98a10; }
.bad, [data-state="failed"] { --tone: #d9483b; }

.scroller { position: relative; flex: 1; min-height: 0; display: flex; }
.log { flex: 1; overflow-y: auto; overflow-x: hidden; padding: 14px 16px 10px; overscroll-behavior: contain; }
.log:focus-visible { outline-offset: -2px; }
.jump { position: absolute; left: 50%; bottom: 10px; translate: -50%; box-shadow: var(--shadow); }
.day, .divider { text-align: center; font-size: 12px; color: var(--muted); margin: 14px 0 10px; }
.divider { display: flex; align-items: center; gap: 12px; margin: 22px 0 14px; }
.divider::before, .divider::after { content: ""; flex: 1; border-top: 1px solid var(--line); }

.message { display: flex; gap: 8px; align-items: flex-end; margin-top: 3px; padding-left: 36px; position: relative; }
.message.first { margin-top: 12px; }
.day + .message.first { margin-top: 0; }
.body { flex: 1; min-width: 0; display: flex; flex-direction: column; align-items: flex-start; }
.avatar { flex: none; width: 28px; height: 28px; border-radius: 50%; display: grid; place-items: center; background: var(--brand); color: var(--on-brand); font-size: 13px; font-weight: 600; }
.avatar .icon { width: 60%; height: 60%; }
.message > .avatar { position: absolute; left: 0; top: 3px; visibility: hidden; }
.message.first > .avatar { visibility: visible; }
.bubble {
  max-width: 100%; padding: 8px 13px; border-radius: 6px 16px 16px 6px; background: var(--soft); color: var(--text);
  white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate;
}
.first .bubble { border-top-left-radius: 16px; }
.last .bubble { border-bottom-left-radius: 16px; }
.customer { padding-left: 48px; }
.customer .body { align-items: flex-end; }
.bubble .icon { display: inline; width: 15px; height: 15px; margin-right: 6px; vertical-align: -2px; }
.customer:not([data-state="failed"]) .bubble { background: var(--brand); color: var(--on-brand); }
.customer .bubble { border-radius: 16px 6px 6px 16px; }
.customer.first .bubble { border-top-right-radius: 16px; }
.customer.last .bubble { border-bottom-right-radius: 16px; }
.customer[data-state="waiting"] .bubble { outline: 1.5px dashed var(--muted); outline-offset: 2px; }
.system { padding: 0 20px; margin: 12px 0; }
.system .body { align-items: center; }
.system .choices { justify-content: center; }
.system .bubble { background: none; padding: 0; font-size: 13px; color: var(--muted); text-align: center; }
.meta { font-size: 12px; color: var(--muted); margin: 3px 4px 0; }
.system .meta, .meta:empty { display: none; }
.fact { text-transform: capitalize; }
.meta .why { color: var(--bad); }
.meta button { margin-left: 10px; padding: 4px 0; font-weight: 600; color: var(--accent); text-decoration: underline; }

.choices { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 10px; }
.slot { align-self: stretch; }
.rows { display: grid; gap: 6px; }
.pairs { grid-template-columns: 1fr 1fr; }
.rows .chip { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; column-gap: 12px; text-align: start; border-radius: 12px; padding: 8px 12px; }
.rows i { display: none; }
.chip { min-height: 44px; padding: 8px 16px; border-radius: 20px; border: 1.5px solid var(--accent); color: var(--accent); font-weight: 600; font-size: 14px; line-height: 1.3; background: var(--bg); overflow-wrap: anywhere; }
@media (hover: hover) { .chip { min-height: 40px; } .chip:hover { background: color-mix(in srgb, var(--accent) 10%, var(--bg)); } }
.chip.strong { background: var(--brand); color: var(--on-brand); border-color: var(--brand); }

.card { align-self: stretch; margin-top: 6px; padding: 14px 16px; border: 1px solid var(--line); border-radius: 14px; background: var(--bg); font-size: 14px; }
.card-head { display: flex; gap: 12px; align-items: flex-start; justify-content: space-between; }
.card-head strong { font-size: 15px; font-weight: 600; overflow-wrap: anywhere; }
.card-sub, .detail { display: block; font-size: 13px; color: var(--muted); }
.badge { flex: none; padding: 2px 10px; border-radius: 12px; font-size: 12px; font-weight: 600; line-height: 20px; }
.card dl { margin-top: 7px; }
.card dl div { display: flex; flex-wrap: wrap; justify-content: space-between; column-gap: 16px; margin-top: 5px; }
.card dt { color: var(--muted); }
.card dd { overflow-wrap: anywhere; white-space: pre-line; }
.card dd a { color: var(--accent); }
.summary { border-color: var(--accent); overflow: hidden; }
.summary .card-head { margin: -14px -16px 0; padding: 9px 16px; background: color-mix(in srgb, var(--accent) 10%, var(--bg)); }
.detail b { font-weight: 600; color: var(--text); }
.items { list-style: none; margin-top: 12px; border-top: 1px solid var(--line); }
.item { display: flex; gap: 12px; align-items: center; padding: 10px 0 0; line-height: 1.35; }
.item > div { flex: 1; min-width: 0; overflow-wrap: anywhere; }
.item > :first-child { flex: none; width: 44px; height: 44px; object-fit: cover; border-radius: 9px; background: var(--soft); display: grid; place-items: center; }
.file { padding-top: 4px; text-decoration: none; }
.price { white-space: nowrap; }
.total { display: flex; justify-content: space-between; margin-top: 12px; padding-top: 10px; border-top: 1px solid var(--line); }

.rating { align-self: stretch; margin-top: 8px; padding: 12px 12px 10px; border: 1px solid var(--line); border-radius: 14px; background: var(--bg); }
.moods { display: flex; justify-content: space-between; gap: 2px; }
.mood { flex: 1; max-width: 54px; aspect-ratio: 1; min-height: 48px; border-radius: 50%; display: grid; place-items: center; transition: scale .15s; }
.mood:disabled { cursor: default; }
.face { width: 100%; max-width: 44px; fill: none; stroke: var(--muted); stroke-width: 1.3; stroke-linecap: round; }
.mood-1 { --mood: #f3a79f; } .mood-2 { --mood: #f6c59a; } .mood-3 { --mood: #f5dc93; } .mood-4 { --mood: #c9e2a0; } .mood-5 { --mood: #9fd9ae; }
.mood .skin { fill: color-mix(in srgb, var(--mood) 35%, var(--bg)); }
.answered .mood { opacity: .6; }
.mood:hover:enabled, .mood[aria-pressed="true"] { opacity: 1; scale: 1.1; }
.mood:hover:enabled .skin, .mood[aria-pressed="true"] .skin { fill: var(--mood); }
.mood[aria-pressed="true"] { box-shadow: 0 0 0 2.5px var(--accent); }
.mood[aria-pressed="true"] .face { stroke: #2a2118; }
.ends { display: flex; justify-content: space-between; font-size: 12px; color: var(--muted); padding: 4px 4px 0; }
.rating-status { font-size: 13px; color: var(--muted); text-align: center; }
.rating-status:not(:empty) { margin-top: 6px; }

.typing { display: flex; padding: 2px 52px 8px; }
.dots { display: flex; gap: 5px; padding: 13px 14px; border-radius: 16px; background: var(--soft); }
.dots i { width: 7px; height: 7px; border-radius: 50%; background: var(--muted); animation: dot 1.2s infinite; }
.dots i:nth-child(2) { animation-delay: .15s; }
.dots i:nth-child(3) { animation-delay: .3s; }
@keyframes dot { 0%, 60%, 100% { opacity: .35; } 30% { opacity: 1; translate: 0 -3px; } }

.composer { padding: 10px 12px calc(12px + env(safe-area-inset-bottom)); border-top: 1px solid var(--line); background: var(--bg); }
.box { display: flex; align-items: flex-end; gap: 6px; border: 1.5px solid var(--line); border-radius: 22px; padding: 3px 3px 3px 15px; background: var(--bg); }
.box:focus-within { border-color: var(--accent); }
.field { flex: 1; min-width: 0; border: 0; background: none; resize: none; padding: 7px 0; font-size: 16px; line-height: 1.4; max-height: 140px; outline: none; }
textarea.field { height: 37px; }
.field::placeholder { color: var(--muted); opacity: 1; }
.send { flex: none; width: 38px; height: 38px; border-radius: 50%; display: grid; place-items: center; background: var(--brand); color: var(--on-brand); }
.send:hover, .chip.strong:hover { opacity: .9; }
.problem { color: var(--bad); font-size: 13px; padding: 0 6px; }
.problem:not(:empty) { padding-bottom: 8px; }
.comment-head { display: flex; align-items: center; justify-content: space-between; gap: 12px; padding: 0 2px 9px 6px; font-size: 14px; font-weight: 600; }
.comment-head .chip { min-height: 36px; padding: 5px 14px; }
.for-comment .box { border-radius: 16px; }
.for-comment textarea.field { min-height: 84px; }

@media (max-width: 480px) {
  .panel, [data-side] .panel {
    inset: 0; top: var(--view-top, 0); bottom: auto; width: 100%; max-width: none; height: var(--view-height, 100dvh);
    border-radius: 0; border: 0 !important; padding-left: env(safe-area-inset-left); padding-right: env(safe-area-inset-right);
  }
  .head { padding-top: calc(12px + env(safe-area-inset-top)); }
  .open .launcher { display: none; }
  .tool { width: 44px; height: 44px; }
}
@media (prefers-reduced-motion: reduce) { * { animation: none !important; transition: none !important; } }
@media (forced-colors: active) {
  .panel, .bubble, .launcher, .send, .badge, .unread, .dots { border: 1px solid CanvasText; }
  .mood[aria-pressed="true"] { outline: 3px solid Highlight; }
}
@media print { .root { display: none; } }
`;
