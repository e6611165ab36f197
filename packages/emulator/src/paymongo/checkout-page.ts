/** Emulator, PayMongo: the page of a checkout session, its card form and its buttons, and the page of a bank or wallet. */

import { html, page, pesos } from './page.ts'
import type { Authorization, Intent, Method, MethodType, Session } from './resources.ts'
import { totalOf } from './checkout.ts'

const names: Readonly<Partial<Record<MethodType, string>>> = {
  gcash: 'GCash',
  paymaya: 'Maya',
  grab_pay: 'GrabPay',
  shopeepay: 'ShopeePay',
  qrph: 'QR Ph',
  billease: 'BillEase',
}

export function nameOf(type: MethodType): string {
  return names[type] ?? type.replaceAll('_', ' ').toUpperCase()
}

export function checkoutPage(session: Session, complaint: string | null): string {
  const { body } = session
  const action = `/paymongo/checkout/${html(body.client_key)}/pay`
  const others = body.payment_method_types.filter((type) => type !== 'card')
  const cancel =
    body.cancel_url === null ? '' : `<p><a href="${html(body.cancel_url)}">Cancel and go back</a></p>`
  return page(
    'Checkout',
    `${told(complaint)}${summary(session)}
${body.payment_method_types.includes('card') ? cardForm(action, body.billing.name) : ''}
${others.length === 0 ? '' : '<h2>Pay another way</h2>'}
${others.map((type) => button(action, type)).join('\n')}
${cancel}`,
  )
}

function summary(session: Session): string {
  const { body } = session
  const lines = body.line_items.map(
    ({ name, description, amount, quantity }) =>
      `<tr><th scope="row">${html(name)}${quantity > 1 ? ` × ${quantity}` : ''}${
        description === null || description === '' ? '' : `<br><small>${html(description)}</small>`
      }</th><td>${pesos(amount * quantity)}</td></tr>`,
  )
  const description =
    body.show_description && body.description !== null ? `<p class="soft">${html(body.description)}</p>` : ''
  return `${description}<table>
<caption class="soft">What you pay for</caption>
${body.show_line_items ? lines.join('\n') : ''}
<tr class="total"><th scope="row">Total</th><td>${pesos(totalOf(session))}</td></tr>
</table>`
}

function cardForm(action: string, name: string | null): string {
  return `<form method="post" action="${action}" autocomplete="off">
<h2>Pay by card</h2>
<input type="hidden" name="method" value="card">
<label for="name">Name on the card</label>
<input id="name" name="name" maxlength="100" value="${html(name ?? '')}">
<label for="card_number">Card number</label>
<input id="card_number" name="card_number" inputmode="numeric" maxlength="23" required aria-describedby="cards">
<div class="row">
<div><label for="exp_month">Month</label><input id="exp_month" name="exp_month" inputmode="numeric" maxlength="2" placeholder="12" required></div>
<div><label for="exp_year">Year</label><input id="exp_year" name="exp_year" inputmode="numeric" maxlength="4" placeholder="2035" required></div>
<div><label for="cvc">CVC</label><input id="cvc" name="cvc" inputmode="numeric" maxlength="4" required></div>
</div>
<button>Pay by card</button>
</form>
<details id="cards"><summary>Test cards</summary>
<table>
<tr><th scope="row">Paid</th><td><code>4343434343434345</code></td></tr>
<tr><th scope="row">Asks your bank first</th><td><code>4120000000000007</code></td></tr>
<tr><th scope="row">Too little money</th><td><code>5100000000000198</code></td></tr>
<tr><th scope="row">Declined</th><td><code>4111111111111111</code></td></tr>
</table>
<small>With any month to come and any CVC of three digits.</small>
</details>`
}

function button(action: string, type: MethodType): string {
  return `<form method="post" action="${action}">
<button class="other" name="method" value="${type}">Pay with ${html(nameOf(type))}</button>
</form>`
}

export function authorizePage(authorization: Authorization, intent: Intent, method: Method): string {
  const what = method.body.type === 'card' ? 'Your bank' : nameOf(method.body.type)
  const choice = (word: string, label: string, look: string) =>
    `<button class="${look}" name="outcome" value="${word}">${label}</button>`
  return page(
    `${what} asks you to confirm`,
    `<p>Do you want to pay <strong>${pesos(intent.body.amount)}</strong>?</p>
${intent.body.description === null ? '' : `<p class="soft">${html(intent.body.description)}</p>`}
<form method="post" action="/paymongo/authorize">
<input type="hidden" name="id" value="${html(authorization.id)}">
${choice('authorize', 'Authorize the payment', 'deed')}
${choice('fail', 'Fail the payment', 'other')}
${choice('expire', 'Expire the payment', 'other')}
</form>`,
  )
}

export function closedPage(title: string, sentence: string, back: string | null): string {
  const link = back === null ? '' : `<p><a href="${html(back)}">Go back</a></p>`
  return page(title, `<p>${html(sentence)}</p>${link}`)
}

function told(complaint: string | null): string {
  return complaint === null ? '' : `<p class="bad" role="alert">${html(complaint)}</p>`
}
