/** P2P ad: somebody offers to change a local currency for a foreign one; orders are taken out of it. */

import { defineFlow } from '@holdfast/kernel/flow/define.ts'

const give_rest_back = ['held', 'maker.held -> maker.available', 'P2P_RETURN'] as const

export const p2pAd = defineFlow({
  name: 'p2p-ad',
  noun: 'p2p/ads',
  id_prefix: 'ad',
  about:
    'Somebody offers to change a local currency for a foreign one. Where the maker pays local money, all that the ad can cost is locked in it; orders are taken out of it.',

  parties: { maker: 'Offers, at a price of its own' },
  amounts: {
    total: 'fixed',
    min: 'fixed',
    max: 'fixed',
    inventory: 'fixed',
    remaining: 'counted',
    in_orders: 'counted',
    sold: 'counted',
    quantity: 'given',
  },
  terms: {
    payment_window: { is: '15 minutes', min: '15 minutes', max: '60 minutes' },
    listed_for: '90 days',
  },
  codes: {
    P2P_INVENTORY: ['P2P-INVENTORY', 'Locked for ad {id}'],
    P2P_RETURN: ['P2P-RETURN', 'Returned from ad {id}'],
  },

  states: {
    active: 'Open for orders',
    paused: 'Takes no new orders; those that are open go on',
    completed: 'All of it is sold',
    closed: 'Taken off the market; what was not sold is back with the maker',
  },
  ends: ['completed', 'closed'],

  transitions: {
    post: {
      arrow: '[*] -> active',
      by: ['maker', 'service'],
      says: 'Ad posted',
      needs: ['limits_fit'],
      input: {
        type: 'ad_type',
        foreign_currency: 'currency',
        price: 'price',
        payment_methods: 'payment_methods',
        pay_to: 'pay_to?',
        conditions: 'text?',
      },
      counts: [['total', '[*] -> remaining']],
      moves: [['inventory', 'maker.available -> maker.held', 'P2P_INVENTORY']],
    },
    take: {
      arrow: 'active -> active',
      by: 'child',
      says: 'An order takes its part',
      needs: ['order_fits'],
      input: { quantity: 'amount' },
      counts: [['quantity', 'remaining -> in_orders']],
    },
    give_back: {
      arrow: ['active -> active', 'paused -> paused'],
      by: 'child',
      says: 'An order gives its part back',
      input: { quantity: 'amount' },
      counts: [['quantity', 'in_orders -> remaining']],
    },
    fill: {
      arrow: [
        'active -> completed if total <= sold',
        'active -> active',
        'paused -> completed if total <= sold',
        'paused -> paused',
      ],
      by: 'child',
      says: 'The part of an order is sold',
      input: { quantity: 'amount' },
      counts: [['quantity', 'in_orders -> sold']],
      moves: [[...give_rest_back, 'into completed']],
    },
    pause: {
      arrow: 'active -> paused',
      by: ['maker', 'operator'],
      says: 'Ad paused',
      tells: ['maker'],
    },
    resume: {
      arrow: 'paused -> active',
      by: ['maker', 'operator'],
      says: 'Ad open again',
      tells: ['maker'],
    },
    close: {
      arrow: ['active -> closed', 'paused -> closed'],
      by: ['maker', 'operator'],
      says: 'Ad closed: what was not sold goes back to the maker',
      needs: ['no_open_orders'],
      moves: [give_rest_back],
      tells: ['maker'],
    },

    end_listing: {
      arrow: [
        'active -> closed if in_orders <= 0',
        'active -> active',
        'paused -> closed if in_orders <= 0',
        'paused -> paused',
      ],
      after: 'listed_for',
      says: 'Its time is over: without open orders it is closed',
      moves: [[...give_rest_back, 'into closed']],
      tells: ['maker', 'operator'],
      remind: {
        before: '7 days',
        tells: ['maker: Your ad ends in 7 days; pause and resume it to list it anew'],
      },
    },
  },
})
