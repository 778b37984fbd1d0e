/** The style sheet of the ways to and from another channel; colours are those of styles.js. */

export const wayCss = `
.way { flex: 1; min-height: 0; overflow-y: auto; padding: 20px 20px calc(20px + env(safe-area-inset-bottom)); display: flex; flex-direction: column; gap: 14px; }
.way ~ * { display: none !important; }
/* The heading has the focus to be read out; there is nothing to operate. */
.way h3 { outline: none; margin: 0; font-size: 18px; line-height: 1.3; font-weight: 600; overflow-wrap: anywhere; }
.way p { overflow-wrap: anywhere; }
.way .chip { display: flex; align-items: center; justify-content: center; text-align: center; text-decoration: none; min-height: 44px; }
.way .last { margin-top: auto; }
.scan { display: grid; justify-items: center; gap: 8px; padding: 14px; border: 1px solid var(--line); border-radius: 14px; text-align: center; font-size: 14px; color: var(--muted); }
.scan svg { width: 184px; height: 184px; border-radius: 8px; background: #fff; fill: #000; forced-color-adjust: none; }
.fine { font-size: 13px; color: var(--muted); }
@media (max-width: 480px) { .scan { display: none; } }
`;
