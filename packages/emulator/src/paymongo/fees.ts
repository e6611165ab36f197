/** Emulator, PayMongo: what it keeps of a payment. Published rates; a client takes them as told, and never works them out. */

const rates_ppm: Readonly<Record<string, number>> = {
  gcash: 22_300,
  paymaya: 17_900,
  grab_pay: 19_600,
  shopeepay: 17_000,
  qrph: 13_400,
  card: 31_250,
}

const banking_ppm = 7_100
const banking_centavos_min = 1_339n
const card_centavos = 1_339n
const million = 1_000_000n

/** Centavos, halves up. */
export function feeOf(type: string, amount: number): number {
  const rate = rates_ppm[type]
  const share = (BigInt(amount) * BigInt(rate ?? banking_ppm) + million / 2n) / million
  if (type === 'card') return small(share + card_centavos)
  if (rate !== undefined) return small(share)
  return small(share > banking_centavos_min ? share : banking_centavos_min)
}

function small(centavos: bigint): number {
  return Number(centavos)
}
