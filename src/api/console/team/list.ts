import { teamOf } from '../../../store/team.ts'
import { operation } from '../../operation.ts'
import { consoleContract } from '../contract.ts'

/** Who works in the workspace, and who was invited and has not come yet. */
export const listTeam = operation({
  path: '/console/team/list',
  contract: consoleContract('member', 'team_members'),
  async handle(_params, call) {
    return { team_members: await teamOf(call.services.store, call.workspaceId) }
  },
})
