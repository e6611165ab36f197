/** Commands: `demo`. */

import { Command } from 'commander'

export function demoCommand(): Command {
  return new Command('demo').description('tell the story of an order through real HTTP, and check every number')
}
