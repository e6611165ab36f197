/** Emulator, PayMongo: what the hosted pages look like. No script, nothing from elsewhere, readable by everybody. */

/** Text that is safe inside of HTML and of its attributes. */
export function html(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? sign)
}

/** Centavos as pesos. */
export function pesos(centavos: number): string {
  const text = String(centavos).padStart(3, '0')
  return `₱${text.slice(0, -2).replaceAll(/\B(?=(\d{3})+$)/g, ',')}.${text.slice(-2)}`
}

export function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${html(title)}</title>
<style>${style}</style>
</head>
<body>
<p class="test" role="note">Test mode: no money moves here.</p>
<main>
<h1>${html(title)}</h1>
${content}
</main>
</body>
</html>
`
}

export const page_headers = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
}

const style = `
:root { color-scheme: light dark; --ink: #14241f; --soft: #52635d; --line: #c9d5d0; --face: #ffffff; --ground: #eef4f1; --deed: #0b6b4b; --on: #ffffff; --bad: #a3231f }
@media (prefers-color-scheme: dark) { :root { --ink: #e9f2ee; --soft: #a5b8b0; --line: #3a4a44; --face: #16211d; --ground: #0d1512; --deed: #3fc292; --on: #06130e; --bad: #ff9c94 } }
* { box-sizing: border-box }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground) }
main { max-width: 30rem; margin: 1.5rem auto; padding: 1.5rem; background: var(--face); border: 1px solid var(--line); border-radius: .75rem }
.test { margin: 0; padding: .5rem 1rem; text-align: center; background: #ffd866; color: #3a2c00; font-weight: 600 }
h1 { margin: 0 0 1rem; font-size: 1.35rem }
h2 { margin: 1.5rem 0 .5rem; font-size: 1.05rem }
table { width: 100%; border-collapse: collapse }
td, th { padding: .35rem 0; text-align: left; font-weight: 400; vertical-align: top }
td:last-child { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
tr.total > * { border-top: 1px solid var(--line); font-weight: 700 }
.soft, small { color: var(--soft) }
label { display: block; margin: .75rem 0 .25rem; font-weight: 600 }
input { width: 100%; padding: .6rem .7rem; font: inherit; color: inherit; background: transparent; border: 1px solid var(--soft); border-radius: .4rem }
.row { display: grid; grid-template-columns: 1fr 1fr 1fr; gap: .75rem }
button { width: 100%; min-height: 2.75rem; margin-top: .75rem; padding: .6rem 1rem; font: inherit; font-weight: 600; border: 1px solid var(--deed); border-radius: .4rem; color: var(--on); background: var(--deed); cursor: pointer }
button.other { color: var(--ink); background: transparent; border-color: var(--soft) }
a { color: var(--deed) }
:focus-visible { outline: 3px solid var(--deed); outline-offset: 2px }
.bad { margin: 0 0 1rem; padding: .6rem .8rem; border-left: 4px solid var(--bad); color: var(--bad) }
details { margin-top: 1rem }
code { font-size: .95em }
`
