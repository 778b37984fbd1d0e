/** The style sheet of what is shown while people are there; colours are those of styles.js. */

export const peopleCss = `
.agent > .avatar, .head .avatar.agent { background: #3d4f8a; color: #fff; }
.agent .bubble { background: color-mix(in srgb, #6b80c9 20%, var(--bg)); }
.message.agent > .avatar { top: 22px; }
.name { font-size: 12px; font-weight: 600; margin: 0 0 3px 4px; }
.message:not(.first) .name { display: none; }
.wait { margin: 0 12px 10px; padding: 12px 14px; display: grid; grid-template-columns: auto 1fr; gap: 2px 12px; align-items: center; border: 1px solid var(--line); border-radius: 14px; background: var(--soft); }
.wait .spot { grid-row: span 2; width: 36px; height: 36px; border-radius: 50%; display: grid; place-items: center; background: var(--bg); color: var(--accent); }
.wait .spot::after { content: ""; box-sizing: border-box; grid-area: 1 / 1; width: 36px; height: 36px; border-radius: 50%; border: 2px solid var(--line); border-top-color: var(--accent); animation: turn 1.6s linear infinite; }
.wait .icon { grid-area: 1 / 1; width: 18px; height: 18px; }
.wait strong { font-size: 14px; font-weight: 600; }
.wait p { font-size: 13px; color: var(--muted); }
.wait .slot { grid-column: 1 / -1; }
.wait .slot:not(:empty) { margin-top: 8px; display: grid; }
.in-queue .system .choices { display: none; }
.writes { padding: 0 52px 4px; font-size: 12px; color: var(--muted); }
@keyframes turn { to { transform: rotate(1turn); } }
@media (forced-colors: active) { .wait { border: 1px solid CanvasText; } }
`;
