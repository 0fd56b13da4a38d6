import { decodeOffer, type CountedOffer } from '../model/offer.ts'
import { defineScript } from './define-script.ts'

/** Reads what workers offer to run. */
export const readOffersScript = defineScript('read-offers', {
  keys: ['alive', 'offers'],
  args: [],
  encode: () => ({ args: {} }),
  replies: { offers: (values) => ({ offers: decodeOffers(values) }) },
})

function decodeOffers(values: readonly unknown[]): CountedOffer[] {
  const offers: CountedOffer[] = []
  for (let i = 0; i < values.length; i += 2) {
    offers.push({ ...decodeOffer(String(values[i])), workers: Number(values[i + 1]) })
  }
  return offers
}
