/** The milestone's life: agreed in a project, funded, completed, approved and divided in three. */
import { topUps, usr, type Life } from './tools/life.ts'
import { idIn } from './tools/script.ts'

export const freelanceMilestone: Life = {
  name: 'freelance-milestone',
  says: 'project and milestone agreed, funded, completed, approved',
  flows: ['freelance-project', 'freelance-milestone'],
  prepare: (writer, parties) => topUps(writer, parties, 'VND', 100_000_000_000),
  *live(writer) {
    for (;;) {
      const client = writer.somebody()
      const developer = writer.after(client)
      const broker = writer.after(developer)
      const people = { client: usr(client), developer: usr(developer), broker: usr(broker) }
      const project = idIn(yield writer.service('/projects', { ...people, currency: 'VND' }, 201))
      const milestone = { amount: 1_000_000 }
      const id = idIn(yield writer.service(`/projects/${project}/milestones`, milestone, 201, usr(client)))
      yield writer.service(`/escrow/fund/${id}`, {}, 200, usr(client))
      yield writer.service(`/milestone/${id}/complete`, {}, 200, usr(developer))
      yield writer.service(`/milestone/${id}/approve`, {}, 200, usr(client))
    }
  },
}
