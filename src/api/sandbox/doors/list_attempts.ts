import { MOST_ATTEMPTS } from '../../../sandbox/looks.ts'
import { errors } from '../../errors.ts'
import { operation } from '../../operation.ts'
import { buildingContract, inBuilding, TEXT } from '../building.ts'

interface Params {
  acs_entrance_id?: string
  acs_system_id?: string
  limit?: number
}

/** What a door saw, or all doors of a system, newest first. */
export const listAttempts = operation<Params>({
  path: '/sandbox/doors/list_attempts',
  contract: buildingContract('door_attempts', [], {
    acs_entrance_id: TEXT,
    acs_system_id: TEXT,
    limit: { type: 'integer', minimum: 1, maximum: MOST_ATTEMPTS },
  }),
  isSandboxOnly: true,
  async handle({ acs_entrance_id, acs_system_id, limit }, call) {
    const { looks } = call.services.sandbox
    if (acs_entrance_id !== undefined && acs_system_id === undefined)
      return { door_attempts: await inBuilding(() => looks.attemptsAt(call.workspaceId, acs_entrance_id, limit)) }
    if (acs_system_id !== undefined && acs_entrance_id === undefined)
      return { door_attempts: await inBuilding(() => looks.attemptsIn(call.workspaceId, acs_system_id, limit)) }
    throw errors.invalidInput({
      path: [],
      message: 'Must specify exactly one of `acs_entrance_id` and `acs_system_id`',
    })
  },
})
