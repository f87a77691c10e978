import { operation } from '../../operation.ts'
import { buildingContract, inBuilding, TEXT } from '../building.ts'

/** What a door saw, newest first; the last 500. */
export const listAttempts = operation<{ acs_entrance_id: string }>({
  path: '/sandbox/doors/list_attempts',
  contract: buildingContract('door_attempts', ['acs_entrance_id'], { acs_entrance_id: TEXT }),
  isSandboxOnly: true,
  async handle({ acs_entrance_id }, call) {
    return {
      door_attempts: await inBuilding(() => call.services.sandbox.listAttempts(call.workspaceId, acs_entrance_id)),
    }
  },
})
