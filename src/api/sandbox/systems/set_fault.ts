import type { FaultWish } from '../../../sandbox/sandbox.ts'
import { operation } from '../../operation.ts'
import { buildingContract, inBuilding, TEXT } from '../building.ts'

/** Makes a system fail in a way of its own, or stop failing. */
export const setFault = operation<FaultWish>({
  path: '/sandbox/systems/set_fault',
  contract: buildingContract(null, ['acs_system_id', 'fault'], {
    acs_system_id: TEXT,
    fault: { type: 'string', enum: ['none', 'offline', 'unauthorized', 'slow', 'answer_lost', 'busy', 'refuse'] },
    times: { type: 'integer', minimum: 1 },
    delay_ms: { type: 'integer', minimum: 0, maximum: 60_000 },
    acs_encoder_id: TEXT,
  }),
  isSandboxOnly: true,
  async handle(params, call) {
    await inBuilding(() => call.services.sandbox.setFault(call.workspaceId, params))
  },
})
