// The browser room of payment rails: a real one, that clicks on the provider's hosted page as a payer would.
import chromium from '@sparticuz/chromium'
import { chromium as playwright, type Browser, type Page } from 'playwright-core'

export const paying_card = '4343434343434345'
export const card_of_a_careful_bank = '4120000000000007'
export const card_without_money = '5100000000000198'

export async function openBrowser(): Promise<Browser> {
  return playwright.launch({
    args: chromium.args,
    executablePath: await chromium.executablePath(),
    headless: true,
  })
}

/** Fills in the card and pays; what the page says next is for the test to read. */
export async function payByCard(page: Page, checkout_url: string, card: string): Promise<void> {
  await page.goto(checkout_url)
  await page.getByLabel('Name on the card').fill('Maria Santos')
  await page.getByLabel('Card number').fill(card)
  await page.getByLabel('Month').fill('12')
  await page.getByLabel('Year').fill('2035')
  await page.getByLabel('CVC').fill('123')
  await page.getByRole('button', { name: 'Pay by card' }).click()
}

export async function payByWallet(page: Page, checkout_url: string, name: string): Promise<void> {
  await page.goto(checkout_url)
  await page.getByRole('button', { name: `Pay with ${name}` }).click()
  await page.getByRole('button', { name: 'Authorize the payment' }).click()
}
