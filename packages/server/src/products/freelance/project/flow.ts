/** Freelance project: who works for whom, who brought them together, and the shares and spans that hold for all of its milestones. */

import { defineFlow } from '@holdfast/kernel/flow/define.ts'

export const freelanceProject = defineFlow({
  name: 'freelance-project',
  noun: 'projects',
  id_prefix: 'prj',
  about:
    'A project binds a client, a developer and perhaps a broker, and keeps the terms of all its milestones. It moves no money itself.',

  parties: {
    client: 'Has the work done, and pays for it',
    developer: 'Does the work',
    broker: { says: 'Brought the two together', optional: true },
  },
  amounts: {},
  // A milestone has the terms of the same name from here, so a fee that changes later is for later projects.
  terms: {
    platform_share: '5%',
    broker_share: '10%',
    approve_within: '7 days',
    retention: { is: '0%', min: '0%', max: '30%' },
    retention_period: '30 days',
    late_after: '30 days',
  },
  codes: {},

  states: { active: 'Milestones may be added', closed: 'No more milestones; those that are there run on' },
  ends: ['closed'],

  transitions: {
    create: {
      arrow: '[*] -> active',
      by: ['client', 'service'],
      says: 'Project agreed',
      input: { title: 'text?', description: 'text?' },
      tells: [
        'developer: You have been named the developer of a new project',
        'broker: A project that you brought about has begun',
      ],
    },
    add_milestone: {
      arrow: 'active -> active',
      by: 'child',
      says: 'A milestone is added',
    },
    close: {
      arrow: 'active -> closed',
      by: ['client', 'service', 'operator'],
      says: 'Closed: no further milestones',
      tells: ['client', 'developer', 'broker'],
    },
  },
})
